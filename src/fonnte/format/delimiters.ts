/** A character that WhatsApp may read as formatting: bold, italic, strike, inline code. */
export type Delimiter = '*' | '_' | '~' | '`';

/** A formatted stretch of one line: the indexes of its opening and its closing mark. */
export type FormattedSpan = { mark: Delimiter; open: number; close: number };

/** A stretch of text, `end` exclusive. */
export type Span = { start: number; end: number };

const WORD = /[\p{L}\p{N}]|(?![\uFE0E\uFE0F\u20E3])\p{M}/u;

/** Whether the character is one of WhatsApp's marks. */
export function isDelimiter(character: string | undefined): character is Delimiter {
  return character === '*' || character === '_' || character === '~' || character === '`';
}

const MARK = /[*_~`]/g;

/** Whether a text has any of WhatsApp's marks. */
export function hasDelimiters(text: string): boolean {
  return nextDelimiter(text, 0) < text.length;
}

/** The index of the first of WhatsApp's marks from `start` on; the text's length where there is none. */
export function nextDelimiter(text: string, start: number): number {
  MARK.lastIndex = start;
  return MARK.test(text) ? MARK.lastIndex - 1 : text.length;
}

/** Whether a letter, digit or accent ends just before `index`. */
export function wordBefore(text: string, index: number): boolean {
  if (index <= 0) return false;
  const low = text.charCodeAt(index - 1);
  const pair = low >= 0xdc00 && low <= 0xdfff && index >= 2;
  return WORD.test(text.slice(index - (pair ? 2 : 1), index));
}

/** Whether a letter, digit or accent begins at `index`. */
export function wordAfter(text: string, index: number): boolean {
  const code = text.codePointAt(index);
  return code !== undefined && WORD.test(String.fromCodePoint(code));
}

// A run of equal marks (`end` exclusive) opens with a word boundary before it and a visible character after it,
function mayOpen(line: string, start: number, end: number): boolean {
  return end < line.length && !/\s/.test(line.charAt(end)) && !wordBefore(line, start);
}

// and closes with a visible character before it and a word boundary after it.
function mayClose(line: string, start: number, end: number): boolean {
  return start > 0 && !/\s/.test(line.charAt(start - 1)) && !wordAfter(line, end);
}

/**
 * The first index in the run of equal marks at `start` to `end` where one of them, each taken for itself, could open; -1 if none.
 * WhatsApp does not say how it reads `**`, so this is wider than `mayOpen`: what must not format is judged by it.
 */
export function mayOpenAt(line: string, start: number, end: number): number {
  const visibleAfter = end < line.length && !/\s/.test(line.charAt(end));
  if (!wordBefore(line, start) && (visibleAfter || end - start > 1)) return start;
  return end - start > (visibleAfter ? 1 : 2) ? start + 1 : -1;
}

/** The last index in the run where one of the marks, each taken for itself, could close; -1 if none. */
export function mayCloseAt(line: string, start: number, end: number): number {
  const visibleBefore = start > 0 && !/\s/.test(line.charAt(start - 1));
  if (!wordAfter(line, end) && (visibleBefore || end - start > 1)) return end - 1;
  return end - start > (visibleBefore ? 1 : 2) ? end - 2 : -1;
}

/** The index after the run of equal characters that begins at `start`. */
export function runEnd(line: string, start: number): number {
  let end = start + 1;
  while (end < line.length && line[end] === line[start]) end++;
  return end;
}

/**
 * The formatted stretches of one line as WhatsApp reads it: a mark opens at a word boundary before a visible character and
 * closes after one at the next word boundary; what stands between backticks is read as it is. Linear in the line's length.
 */
export function findFormattedSpans(line: string): FormattedSpan[] {
  const pairs: FormattedSpan[] = [];
  const open: FormattedSpan[] = [];
  let ticksMayClose = true;
  let next = 0;
  for (let start = nextDelimiter(line, 0); start < line.length; start = nextDelimiter(line, next)) {
    const mark = line[start] as Delimiter;
    const end = runEnd(line, start);
    next = end;
    const opened = open.findIndex((pair) => pair.mark === mark);
    if (mark === '`') {
      if (ticksMayClose && mayOpen(line, start, end)) {
        const close = closingTick(line, end);
        ticksMayClose = close >= 0;
        if (ticksMayClose) {
          pairs.push({ mark, open: end - 1, close });
          next = runEnd(line, close);
        }
      }
    } else if (opened >= 0 && mayClose(line, start, end)) {
      const [pair] = open.splice(opened);
      if (pair) pairs.push({ ...pair, close: start });
    } else if (opened < 0 && mayOpen(line, start, end)) {
      open.push({ mark, open: end - 1, close: -1 });
    }
  }
  return pairs;
}

function closingTick(line: string, from: number): number {
  for (let at = line.indexOf('`', from); at >= 0; ) {
    const end = runEnd(line, at);
    if (mayClose(line, at, end)) return at;
    at = line.indexOf('`', end);
  }
  return -1;
}

/** The monospace blocks (three backticks to the next three, lines included) that hold anything visible. */
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
