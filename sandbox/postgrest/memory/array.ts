import { createSqlError } from '../error.ts';

/**
 * Parses an array literal of PostgreSQL, `{a,"b,c"}`.
 * @throws PostgrestError 22P02
 */
export function parseArray(text: string): string[] {
  const values: string[] = [];
  const element = /\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*))\s*(,|$)/y;
  const inner = /^\{(.*)\}$/s.exec(text)?.[1];
  if (inner?.trim() === '') return values;
  for (let separator = ','; separator === ','; ) {
    const match = inner === undefined ? null : element.exec(inner);
    if (!match) throw createSqlError('22P02', `malformed array literal: "${text}"`);
    values.push(match[1]?.replace(/\\(.)/g, '$1') ?? (match[2] ?? '').trim());
    separator = match[3] ?? '';
  }
  return values;
}
