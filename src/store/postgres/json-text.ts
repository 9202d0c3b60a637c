/** Follows an escape mark: PostgreSQL stores no NUL, and the mark itself is a character that a text may contain. */
const MARK = '\u{E000}';
const NUL_CODE = '0';
const MARK_CODE = '1';

/** Formats a parameter as JSON that PostgreSQL accepts: without NUL and without halves of surrogate pairs. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? encodeText(part) : part));
}

/** Parses JSON that PostgreSQL returned. */
export function decodeJson<T>(json: string): T {
  if (!json.includes(MARK)) return JSON.parse(json) as T;
  return JSON.parse(json, (_key, part: unknown) => (typeof part === 'string' ? decodeText(part) : part)) as T;
}

function encodeText(text: string): string {
  const wellFormed = text.toWellFormed();
  if (!wellFormed.includes('\0') && !wellFormed.includes(MARK)) return wellFormed;
  return wellFormed.replaceAll(MARK, MARK + MARK_CODE).replaceAll('\0', MARK + NUL_CODE);
}

function decodeText(text: string): string {
  return text.replaceAll(new RegExp(`${MARK}([${NUL_CODE}${MARK_CODE}])`, 'g'), (_found, code) =>
    code === NUL_CODE ? '\0' : MARK,
  );
}
