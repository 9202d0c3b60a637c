export interface Token {
  kind: 'number' | 'word' | 'mark' | 'break';
  text: string;
  lower: string;
  start: number;
  end: number;
  /** nothing but markup stands between this token and the one before */
  glued: boolean;
}

// Every alternative is deterministic, so a scan costs time in proportion to the text whatever the text is.
const PIECE = /(?:https?:\/\/|www\.)\S+|\d+(?:[.,]\d+)*|\p{L}[\p{L}\p{M}]*|\n|\S/giu;
const MARKUP = new Set(['*', '`', '~']);
const LETTER = /^\p{L}/u;
const ALPHANUMERIC = /[\p{L}\d]/u;

/** Splits a text into numbers, words, single marks and line breaks; WhatsApp and Markdown emphasis is left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let lastEnd = -1;
  for (const match of text.matchAll(PIECE)) {
    const piece = match[0];
    const start = match.index;
    if (MARKUP.has(piece) || (piece === '_' && !joins(text, start))) continue;
    const end = start + piece.length;
    const glued = lastEnd >= 0 && touches(text, lastEnd, start);
    tokens.push({ kind: kindOf(piece), text: piece, lower: piece.toLowerCase(), start, end, glued });
    lastEnd = end;
  }
  return tokens;
}

function kindOf(piece: string): Token['kind'] {
  if (piece === '\n') return 'break';
  const first = piece.charAt(0);
  if (first >= '0' && first <= '9') return 'number';
  return LETTER.test(piece) && !piece.includes('.') && !piece.includes(':') ? 'word' : 'mark';
}

function joins(text: string, at: number): boolean {
  return ALPHANUMERIC.test(text[at - 1] ?? '') && ALPHANUMERIC.test(text[at + 1] ?? '');
}

// Markup that was left out may stand in the gap, but not much of it.
function touches(text: string, from: number, to: number): boolean {
  return from === to || (to - from <= 8 && !/\s/.test(text.slice(from, to)));
}
