/** A character that WhatsApp may read as formatting: bold, italic, strikethrough, inline code. */
export type Delimiter = '*' | '_' | '~' | '`';

/** Opens and closes a monospace block. */
export const FENCE = '```';

/** A formatted part of one line: the indexes of its opening and its closing delimiter. */
export type FormattedSpan = { delimiter: Delimiter; open: number; close: number };

/** A range of a text; `end` is exclusive. */
export type Span = { start: number; end: number };

const WORD = String.raw`(?:[\p{L}\p{N}]|(?![\uFE0E\uFE0F\u20E3])\p{M})`;
const WORD_END = new RegExp(`${WORD}$`, 'u');
const WORD_START = new RegExp(`^${WORD}`, 'u');

/** Whether the character is one of WhatsApp's delimiters. */
export function isDelimiter(character: string | undefined): character is Delimiter {
  return character !== undefined && /^[*_~`]$/.test(character);
}

/** Returns the runs of equal delimiters in a text. */
export function findDelimiterRuns(text: string): (Span & { delimiter: Delimiter })[] {
  return [...text.matchAll(/([*_~`])\1*/g)].map(({ 0: run, 1: delimiter, index: start }) => {
    return { delimiter: delimiter as Delimiter, start, end: start + run.length };
  });
}

/** Whether a letter, digit or accent ends directly before `index`. */
export function isWordBefore(text: string, index: number): boolean {
  return WORD_END.test(text.slice(Math.max(index - 2, 0), index));
}

/** Whether a letter, digit or accent starts at `index`. */
export function isWordAfter(text: string, index: number): boolean {
  return WORD_START.test(text.slice(index, index + 2));
}

// A run opens after a word boundary and before a visible character.
function opens(line: string, { start, end }: Span): boolean {
  return isVisible(line, end) && !isWordBefore(line, start);
}

// A run closes after a visible character and before a word boundary.
function closes(line: string, { start, end }: Span): boolean {
  return isVisible(line, start - 1) && !isWordAfter(line, end);
}

/**
 * Returns the first index in a run where a single delimiter could open, or -1. WhatsApp does not document how it reads `**`,
 * so this accepts more than `findFormattedSpans`: text that must not be formatted is checked with it.
 */
export function mayOpenAt(line: string, { start, end }: Span): number {
  const visibleAfter = isVisible(line, end);
  if (!isWordBefore(line, start) && (visibleAfter || end - start > 1)) return start;
  return end - start > (visibleAfter ? 1 : 2) ? start + 1 : -1;
}

/** Returns the last index in a run where a single delimiter could close, or -1. */
export function mayCloseAt(line: string, { start, end }: Span): number {
  const visibleBefore = isVisible(line, start - 1);
  if (!isWordAfter(line, end) && (visibleBefore || end - start > 1)) return end - 1;
  return end - start > (visibleBefore ? 1 : 2) ? end - 2 : -1;
}

function isVisible(line: string, index: number): boolean {
  return /\S/.test(line.charAt(index));
}

/**
 * Returns the formatted spans of one line as WhatsApp reads it: a delimiter opens at a word boundary before a visible character and
 * closes after one at the next word boundary; text between backticks is literal.
 */
export function findFormattedSpans(line: string): FormattedSpan[] {
  const spans: FormattedSpan[] = [];
  const open: { delimiter: Delimiter; open: number }[] = [];
  const runs = findDelimiterRuns(line);
  const lastTick = runs.findLastIndex((run) => run.delimiter === '`' && closes(line, run));
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index]!;
    const { delimiter, start, end } = run;
    const opened = open.findIndex((span) => span.delimiter === delimiter);
    if (delimiter === '`') {
      if (index >= lastTick || !opens(line, run)) continue;
      do index++;
      while (runs[index]!.delimiter !== '`' || !closes(line, runs[index]!));
      spans.push({ delimiter, open: end - 1, close: runs[index]!.start });
    } else if (opened >= 0 && closes(line, run)) {
      const [span] = open.splice(opened);
      spans.push({ ...span!, close: start });
    } else if (opened < 0 && opens(line, run)) {
      open.push({ delimiter, open: end - 1 });
    }
  }
  return spans;
}

/** Returns the monospace blocks (from three backticks to the next three, across lines) that contain something visible. */
export function findFences(text: string): Span[] {
  const fences: Span[] = [];
  let start = text.indexOf('```');
  while (start >= 0) {
    const close = text.indexOf('```', start + 3);
    if (close < 0) break;
    const filled = /\S/.test(text.slice(start + 3, close));
    if (filled) fences.push({ start, end: close + 3 });
    start = filled ? text.indexOf('```', close + 3) : close;
  }
  return fences;
}
