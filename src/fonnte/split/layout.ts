import { MONTH_NUMBERS } from '../../indonesian-months.ts';
import { WEEKDAY_NAMES } from '../../language/weekdays.ts';
import { type FormattedSpan, findFences, findFormattedSpans, type Span } from '../format/delimiters.ts';

/**
 * One line outside monospace blocks, `end` before its line break. `contentStart` is after `> `, indentation and a list sign. All
 * positions are in the whole text.
 */
export type TextLine = Span & {
  contentStart: number;
  isQuoted: boolean;
  introducesNext: boolean;
  spans: readonly FormattedSpan[];
};

/** The structure of a message: what may not be cut, and where its lines and monospace blocks are. */
export type Layout = {
  text: string;
  lines: readonly TextLine[];
  fences: readonly Span[];
  /** The line that contains an index or ends at it; undefined in a monospace block. */
  lineAt: readonly (TextLine | undefined)[];
  isInFence: readonly boolean[];
  /** List items (with what is indented under them), formatted spans, addresses, amounts and dates, by start. */
  atomicSpans: readonly Span[];
  /** Indexes where a grapheme starts, and the end of the text. */
  graphemeStarts: ReadonlySet<number>;
};

const MONTHS = [...MONTH_NUMBERS.keys()].join('|');
const DAYS = [...WEEKDAY_NAMES, "Jum'at", 'Ahad'].join('|');
// Repetitions are bounded to keep the time linear.
const ATOMIC_TEXT = new RegExp(
  [
    // Rp 1.234.567,00; Rp1,2 miliar; 350 juta; 45,3 persen
    String.raw`\bRp\.?[ \u00A0]?[-−]?\d[\d.,]{0,40}(?:[ \u00A0](?:ribu|rb|juta|jt|mili?ar|milyar|triliun|M|T)\b)?`,
    String.raw`(?<![\d.,])\d[\d.,]{0,40}[ \u00A0](?:ribu|rb|juta|jt|mili?ar|milyar|triliun|persen|%)(?:[ \u00A0]rupiah)?`,
    // Selasa, 24 November 2026; 23–27 November 2026; November 2026
    String.raw`(?:\b(?:${DAYS}),? )?(?:(?<!\d)\d{1,2}(?: ?(?:[-–—]|s\.d\.|sampai) ?\d{1,2})? )?\b(?:${MONTHS})\b(?:\.? \d{4})?`,
    String.raw`(?:https?:\/\/|www\.)\S+`,
  ].join('|'),
  'gi',
);

const LIST_ITEM = /^(?:> )?[ \t]*(?:[-*•][ \t]|\d{1,9}[.)][ \t]|[☐☑])/;
const LINE_SIGNS = /^(?:> )?[ \t]*(?:(?:[-*•]|\d{1,9}[.)])[ \t]+)?(?:[☐☑][ \t]*)?/;
/** A line in bold, or one that ends in a colon. */
const INTRODUCTION = /^\*[^*]+\*:?\s*$|:[*_]?\s*$/;

/** Reads the layout of a WhatsApp text. */
export function readLayout(text: string): Layout {
  const fences = findFences(text);
  const lines = readLines(text, fences);
  const atomicTexts = [...text.matchAll(ATOMIC_TEXT)].map(({ 0: match, index: start }) => {
    return { start, end: start + match.length };
  });
  const formatted = lines.flatMap(({ spans }) => spans.map(({ open, close }) => ({ start: open, end: close + 1 })));
  const atomicSpans = [...fences, ...listItems(text, lines, fences), ...formatted, ...atomicTexts];
  atomicSpans.sort((a, b) => a.start - b.start || b.end - a.end);
  const segments = new Intl.Segmenter('id', { granularity: 'grapheme' }).segment(text);
  const graphemeStarts = new Set(Array.from(segments, ({ index }) => index)).add(text.length);
  const lineAt = new Array<TextLine | undefined>(text.length + 1).fill(undefined);
  for (const line of lines) lineAt.fill(line, line.start, line.end + 1);
  const isInFence = new Array<boolean>(text.length + 1).fill(false);
  for (const { start, end } of fences) isInFence.fill(true, start + 1, end);
  return { text, lines, fences, lineAt, isInFence, atomicSpans, graphemeStarts };
}

function readLines(text: string, fences: readonly Span[]): TextLine[] {
  const lines: TextLine[] = [];
  let start = 0;
  for (const fence of [...fences, { start: text.length, end: text.length }]) {
    while (start < fence.start) {
      const next = text.indexOf('\n', start);
      const end = next < 0 || next > fence.start ? fence.start : next;
      lines.push(readLine(text.slice(start, end), start));
      start = end + 1;
    }
    start = fence.end;
  }
  return lines;
}

function readLine(line: string, start: number): TextLine {
  return {
    start,
    end: start + line.length,
    contentStart: start + (LINE_SIGNS.exec(line)?.[0].length ?? 0),
    isQuoted: line.startsWith('> '),
    introducesNext: INTRODUCTION.test(line),
    spans: findFormattedSpans(line).map(({ delimiter, open, close }) => {
      return { delimiter, open: start + open, close: start + close };
    }),
  };
}

// An item ends before the next monospace block or the next line that is not indented deeper.
function listItems(text: string, lines: readonly TextLine[], fences: readonly Span[]): Span[] {
  const items: Span[] = [];
  const open: { start: number; indent: number }[] = [];
  let lastEnd = 0;
  const closeFrom = (indent: number) => {
    while (open.length > 0 && open.at(-1)!.indent >= indent) items.push({ start: open.pop()!.start, end: lastEnd });
  };
  let fence = 0;
  for (const { start, end } of lines) {
    for (; fence < fences.length && fences[fence]!.start < start; fence++) closeFrom(0);
    const line = text.slice(start, end);
    if (!/\S/.test(line)) continue;
    const indent = line.search(/[^ \t]/);
    closeFrom(indent);
    if (LIST_ITEM.test(line)) open.push({ start, indent });
    lastEnd = end;
  }
  closeFrom(0);
  return items;
}
