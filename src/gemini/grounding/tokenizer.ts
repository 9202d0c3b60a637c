/** A piece of a text. */
export interface Token {
  kind: 'number' | 'word' | 'mark' | 'break';
  text: string;
  lower: string;
  start: number;
  end: number;
  /** Only markup separates this token from the previous one. */
  glued: boolean;
}

/** No alternative backtracks, so a scan takes linear time for every text. */
const PIECE = /(?:https?:\/\/|www\.)\S+|\d+(?:[.,]\d+)*|\p{L}[\p{L}\p{M}]*|\n|\S/giu;
/** Emphasis marks of WhatsApp and Markdown; `_` only at a word's edge. */
const MARKUP = new Set(['*', '`', '~']);
const LETTER = /^\p{L}/u;
const ALPHANUMERIC = /[\p{L}\d]/u;

/** Splits a text into numbers, words, single marks and line breaks. Drops emphasis. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let lastEnd = -1;
  for (const match of text.matchAll(PIECE)) {
    const piece = match[0];
    const start = match.index;
    if (MARKUP.has(piece) || (piece === '_' && !isInsideWord(text, start))) continue;
    const end = start + piece.length;
    const glued = lastEnd >= 0 && isGlued(text, lastEnd, start);
    tokens.push({ kind: classifyPiece(piece), text: piece, lower: piece.toLowerCase(), start, end, glued });
    lastEnd = end;
  }
  return tokens;
}

function classifyPiece(piece: string): Token['kind'] {
  if (piece === '\n') return 'break';
  const first = piece.charAt(0);
  if (first >= '0' && first <= '9') return 'number';
  return LETTER.test(piece) && !piece.includes('.') && !piece.includes(':') ? 'word' : 'mark';
}

function isInsideWord(text: string, at: number): boolean {
  return ALPHANUMERIC.test(text[at - 1] ?? '') && ALPHANUMERIC.test(text[at + 1] ?? '');
}

/** The gap may contain dropped markup, at most 8 characters of it. */
function isGlued(text: string, from: number, to: number): boolean {
  return from === to || (to - from <= 8 && !/\s/.test(text.slice(from, to)));
}
