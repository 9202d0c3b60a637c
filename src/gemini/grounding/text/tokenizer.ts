/** A piece of a text. */
export interface Token {
  kind: 'number' | 'word' | 'mark' | 'break';
  /** As written; in a number, dots replace the spaces between thousands. */
  text: string;
  lower: string;
  start: number;
  end: number;
  /** Only markup separates this token from the previous one. */
  glued: boolean;
}

/** Spaces that separate thousands: no-break, figure, thin, narrow … but not the ordinary space, which separates numbers. */
const GROUP_SPACE = String.raw`[\u00A0\u2000-\u200A\u202F\u205F\u3000]`;
const GROUP_SPACES = new RegExp(GROUP_SPACE, 'g');
/** No alternative backtracks over more than one group, so a scan takes linear time for every text. */
const PIECES = String.raw`\d{1,3}(?:${GROUP_SPACE}\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\p{L}[\p{L}\p{M}]*|\n|\S`;
const LINKS = String.raw`(?:https?:\/\/|www\.)\S+|(?:[a-z][a-z\d-]{0,40}\.){1,6}[a-z]{2,10}\/\S*`;
const PIECE = new RegExp(PIECES, 'gu');
const PIECE_OR_LINK = new RegExp(`${LINKS}|${PIECES}`, 'giu');
/** Without one of these a text contains no link; most texts then need half the time. */
const LINK_MARK = /\/|www\./i;
/** Emphasis marks and escapes of WhatsApp, Markdown and LaTeX; `_` only at a word's edge. */
const MARKUP = new Set(['*', '`', '~', '\\']);
const LETTER = /^\p{L}/u;
const ALPHANUMERIC = /[\p{L}\d]/u;

/** Splits a text into numbers, words, single marks and line breaks. Drops emphasis. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let lastEnd = -1;
  for (const match of text.matchAll(LINK_MARK.test(text) ? PIECE_OR_LINK : PIECE)) {
    const piece = match[0];
    const start = match.index;
    if (MARKUP.has(piece) || (piece === '_' && !isInsideWord(text, start))) continue;
    const end = start + piece.length;
    const glued = lastEnd >= 0 && isGlued(text, lastEnd, start);
    const kind = classifyPiece(piece);
    const shown = kind === 'number' ? withoutGroupSpaces(piece) : piece;
    tokens.push({ kind, text: shown, lower: shown.toLowerCase(), start, end, glued });
    lastEnd = end;
  }
  return tokens;
}

/** «1 234 567» is `1.234.567`; «1 234 567.89» is `1234567.89`. */
function withoutGroupSpaces(number: string): string {
  return number.replace(GROUP_SPACES, number.includes('.') ? '' : '.');
}

function classifyPiece(piece: string): Token['kind'] {
  if (piece === '\n') return 'break';
  const first = piece.charAt(0);
  if (first >= '0' && first <= '9') return 'number';
  if (piece.length === 1 && first < 'A') return 'mark';
  return LETTER.test(piece) && !piece.includes('.') && !piece.includes(':') ? 'word' : 'mark';
}

function isInsideWord(text: string, at: number): boolean {
  return ALPHANUMERIC.test(text[at - 1] ?? '') && ALPHANUMERIC.test(text[at + 1] ?? '');
}

/** The gap may contain dropped markup, at most 8 characters of it. */
function isGlued(text: string, from: number, to: number): boolean {
  return from === to || (text[from] !== ' ' && to - from <= 8 && !/\s/.test(text.slice(from, to)));
}
