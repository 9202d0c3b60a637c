import { type Delimiter, hasDelimiters, mayCloseAt, mayOpenAt, runEnd, wordAfter, wordBefore } from './delimiters.ts';
import {
  CLOSE,
  escapeDelimiters,
  escapeLineStart,
  OF_CODE,
  OF_LINK,
  OF_TEXT,
  OPEN,
  type Role,
  SUBSTITUTES,
  type Written,
} from './escape.ts';
import { applyLinkPolicy, type Styled } from './links.ts';

/** Styles of a run, as bits. LINK is an address: never formatted, and never given look-alikes. */
export const BOLD = 1;
export const ITALIC = 2;
export const STRIKE = 4;
export const CODE = 8;
export const LINK = 16;

/** Text in one style; may hold line breaks. */
export type Run = { text: string; style: number };

/** The runs of each line. */
export function splitLines(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = [[]];
  for (const run of runs) {
    if (!run.text.includes('\n')) {
      if (run.text) lines.at(-1)?.push(run);
      continue;
    }
    for (const [index, text] of run.text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (text) lines.at(-1)?.push({ text, style: run.style });
    }
  }
  return lines;
}

/** What stands in the runs, without their styles. */
export function plainText(runs: readonly Run[]): string {
  let text = '';
  for (const run of runs) text += run.text;
  return text;
}

/**
 * One line of styled text as WhatsApp shows it, trimmed: marks around what WhatsApp can format, nothing around what it can't
 * (inside a word), look-alikes for marks in the text itself that WhatsApp would read as formatting. Links follow the policy.
 * `atStart` says that the line has nothing before it, so that a list's or quote's sign at its start is neutralised too.
 */
export function renderLine(runs: readonly Run[], portalHost: string | undefined, atStart: boolean): string {
  const text = plainText(runs);
  const plain = runs.every(({ style }) => style === 0) && !text.includes('//') && !hasDelimiters(text);
  const written = (plain ? text : formatted(text, runs, portalHost)).trim();
  return atStart ? escapeLineStart(written) : written;
}

function formatted(text: string, runs: readonly Run[], portalHost: string | undefined): string {
  const styles = new Uint8Array(text.length);
  let start = 0;
  for (const run of runs) {
    styles.fill(run.style, start, start + run.text.length);
    start += run.text.length;
  }
  const line = applyLinkPolicy({ text, styles }, LINK, portalHost);
  fitStyles(line);
  const written = writeMarks(line);
  return hasDelimiters(line.text) ? escapeDelimiters(written) : written.text;
}

const MARKS: ReadonlyMap<number, Delimiter> = new Map([
  [BOLD, '*'],
  [ITALIC, '_'],
  [STRIKE, '~'],
  [CODE, '`'],
]);

// Keeps a style only where WhatsApp can show it: from a visible character to a visible one, between word boundaries.
function fitStyles(line: Styled): void {
  const { text, styles } = line;
  let used = 0;
  for (const style of styles) used |= style;
  if (used & LINK) unstyleLinks(styles);
  if (used & CODE) fitAroundCode(line);
  for (const style of MARKS.keys()) {
    if (!(used & style)) continue;
    eachSpan(styles, style, (start, end) => {
      const inner = text.slice(start, end);
      const from = start + inner.length - inner.trimStart().length;
      const to = start + inner.trimEnd().length;
      const fits = from < to && !wordBefore(text, from) && !wordAfter(text, to);
      for (let unit = start; unit < end; unit++) {
        if (!fits || unit < from || unit >= to) styles[unit]! &= ~style;
      }
    });
  }
}

function unstyleLinks(styles: Uint8Array): void {
  for (let unit = 0; unit < styles.length; unit++) {
    if (styles[unit]! & LINK && !(styles[unit]! & CODE)) styles[unit] = LINK;
  }
}

function fitAroundCode({ text, styles }: Styled): void {
  eachSpan(styles, CODE, (start, end) => {
    const common = styles.slice(start, end).reduce((kept, style) => kept & style);
    // Code is shown as it is: a mark in it that could end the formatting around it is not surrounded by any.
    const around = [...MARKS].filter(([, mark]) => !holdsMark(text.slice(start, end), mark));
    styles.fill(
      around.reduce((kept, [style]) => kept | (common & style), CODE),
      start,
      end,
    );
  });
}

function holdsMark(code: string, mark: Delimiter): boolean {
  const shown = `\`${code}\``;
  for (let start = shown.indexOf(mark, 1); start >= 0 && start <= code.length; ) {
    const end = runEnd(shown, start);
    if (mayOpenAt(shown, start, end) >= 0 || mayCloseAt(shown, start, end) >= 0) return true;
    start = shown.indexOf(mark, end);
  }
  return false;
}

function eachSpan(styles: Uint8Array, style: number, visit: (start: number, end: number) => void): void {
  for (let start = 0; start < styles.length; start++) {
    let end = start;
    while (end < styles.length && styles[end]! & style) end++;
    if (end > start) visit(start, end);
    start = end;
  }
}

// Marks nest: the longest stretch outside, code innermost; at a partial overlap the inner one is closed and opened again.
function writeMarks({ text, styles }: Styled): Written {
  const written: Written = { text: '', roles: '' };
  const open: number[] = [];
  const close = (keep: number) => {
    while (open.some((style) => !(style & keep))) write(written, MARKS.get(open.pop()!)!, CLOSE);
  };
  for (let start = 0; start < text.length; ) {
    const wanted = styles[start]!;
    const end = stretchEnd(styles, start);
    const stretch = text.slice(start, end);
    const shown = wanted & CODE ? stretch.replaceAll('`', SUBSTITUTES['`']) : stretch;
    const role = wanted & CODE ? OF_CODE : wanted & LINK ? OF_LINK : OF_TEXT;
    close(wanted);
    // Nothing opens before a blank.
    const visible = shown.trimStart();
    write(written, shown.slice(0, shown.length - visible.length), role);
    if (visible) {
      const missing = [...MARKS.keys()].filter((style) => wanted & style && !open.includes(style));
      const reach = (style: number) => (style === CODE ? 0 : spanEnd(styles, style, end));
      for (const style of missing.sort((a, b) => reach(b) - reach(a))) {
        open.push(style);
        write(written, MARKS.get(style)!, OPEN);
      }
      write(written, visible, role);
    }
    start = end;
  }
  close(0);
  return written;
}

function write(written: Written, text: string, role: Role): void {
  written.text += text;
  written.roles += role.repeat(text.length);
}

// Where the units that are styled like the one at `start` end.
function stretchEnd(styles: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < styles.length && styles[end] === styles[start]) end++;
  return end;
}

function spanEnd(styles: Uint8Array, style: number, from: number): number {
  let end = from;
  while (end < styles.length && styles[end]! & style) end++;
  return end;
}
