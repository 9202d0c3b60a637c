import type { ColumnType } from '../../sapa-schema.ts';
import { createSqlError } from '../error.ts';

/**
 * Compiles the value of `like`, `ilike`, `match` and `imatch`.
 * @returns undefined for any other operator
 * @throws PostgrestError 42883 for a column that is not text, 22025 and 2201B for a malformed pattern
 */
export function compilePattern(
  operator: string,
  pattern: string,
  type: ColumnType,
): ((text: string) => boolean) | undefined {
  const isLike = operator === 'like' || operator === 'ilike';
  if (!isLike && operator !== 'match' && operator !== 'imatch') return undefined;
  if (type !== 'text') throw createSqlError('42883', `operator does not exist: ${type} ${operator}`);
  const flags = operator.startsWith('i') ? 'i' : '';
  const expression = isLike ? new RegExp(translateLike(pattern), `su${flags}`) : compileRegExp(pattern, `s${flags}`);
  return (text) => expression.test(text);
}

function compileRegExp(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    throw createSqlError('2201B', 'invalid regular expression');
  }
}

/** Translates LIKE: `%` and PostgREST's `*` are any text, `_` is one character, a backslash escapes. */
function translateLike(pattern: string): string {
  // PostgREST replaces every `*`, escaped ones too, before PostgreSQL reads the pattern.
  const [, body = '', rest] = /^((?:[^\\]|\\.)*)(\\?)$/s.exec(pattern.replaceAll('*', '%')) ?? [];
  if (rest !== '') throw createSqlError('22025', 'LIKE pattern must not end with escape character');
  const expression = body.replace(/\\?./gsu, (token) => {
    if (token === '%') return '.*';
    return token === '_' ? '.' : RegExp.escape(token.replace(/^\\(?=.)/s, ''));
  });
  return `^${expression}$`;
}
