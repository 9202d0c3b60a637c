import { SapaTooLargeError } from '../../supabase/paging.ts';

/** Maximum length of one text in a result, in characters. */
const MAX_TEXT_CHARACTERS = 4_000;
/** Maximum size of a result as JSON, in characters: twice a full page with long texts. Each round of an answer sends it again. */
const MAX_RESULT_CHARACTERS = 600_000;

/**
 * Shortens long texts of a result, because a row of SAPA may contain megabytes in any field.
 * @throws SapaTooLargeError if the result is still too large
 */
export function limitResult<Result extends object>(operation: string, result: Result): Result {
  const limited = shortenTexts(result);
  const characters = JSON.stringify(limited).length;
  if (characters > MAX_RESULT_CHARACTERS) throw new SapaTooLargeError(operation, `${MAX_RESULT_CHARACTERS} characters`);
  return limited;
}

/** Cuts a text to `length` characters with an ellipsis, never inside a surrogate pair. */
export function shortenText(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function shortenTexts<T>(value: T): T {
  if (typeof value === 'string') return shortenText(value, MAX_TEXT_CHARACTERS) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shortenTexts) as T;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortenTexts(inner)])) as T;
}
