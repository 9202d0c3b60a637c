import { MONTH_NUMBERS } from '../../indonesian-months.ts';
import { type FormattedSpan, findFences, findFormattedSpans, type Span } from '../format/delimiters.ts';

/**
 * One line outside monospace blocks, `end` before its line break: where its words begin after `> `, indentation and a list's sign,
 * whether it announces what follows, and its formatted stretches by their place in the whole text.
 */
export type TextLine = Span & {
  contentStart: number;
  quoted: boolean;
  introducesNext: boolean;
  pairs: readonly FormattedSpan[];
};

/** What a message may not be cut inside of, and where its lines and monospace blocks are. */
export type Layout = {
  text: string;
  lines: readonly TextLine[];
  fences: readonly Span[];
  /** List items (with what is indented under them), formatted stretches, addresses, amounts, dates: in the order of their starts. */
  atomicSpans: readonly Span[];
  /** 1 where a grapheme begins. */
  graphemes: Uint8Array;
};

const MONTHS = [...MONTH_NUMBERS.keys()].join('|');
const DAYS = "Senin|Selasa|Rabu|Kamis|Jumat|Jum'at|Sabtu|Minggu|Ahad";
// Bounded repetitions only, so that no text takes more than linear time.
const FIGURES = new RegExp(
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

const ITEM = /^(?:> )?[ \t]*(?:[-*•][ \t]|\d{1,9}[.)][ \t]|[☐☑])/;
const SIGNS = /^(?:> )?[ \t]*(?:(?:[-*•]|\d{1,9}[.)])[ \t]+)?(?:[☐☑][ \t]*)?/;

/** Reads a WhatsApp text once, in linear time. */
export function readLayout(text: string): Layout {
  const fences = findFences(text);
  const lines = readLines(text, fences);
  const figures = [...text.matchAll(FIGURES)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  const pairs = lines.flatMap((line) => line.pairs.map(({ open, close }) => ({ start: open, end: close + 1 })));
  const atomicSpans = [...fences, ...listItems(text, lines, fences), ...pairs, ...figures];
  const graphemes = new Uint8Array(text.length + 1);
  for (const { index } of new Intl.Segmenter('id', { granularity: 'grapheme' }).segment(text)) graphemes[index] = 1;
  graphemes[text.length] = 1;
  return {
    text,
    lines,
    fences,
    atomicSpans: atomicSpans.sort((a, b) => a.start - b.start || b.end - a.end),
    graphemes,
  };
}

function readLines(text: string, fences: readonly Span[]): TextLine[] {
  const lines: TextLine[] = [];
  let start = 0;
  for (const fence of [...fences, { start: text.length, end: text.length }]) {
    while (start < fence.start) {
      const next = text.indexOf('\n', start);
      const end = next < 0 || next > fence.start ? fence.start : next;
      lines.push(readLine(text, start, end));
      start = end + 1;
    }
    start = fence.end;
  }
  return lines;
}

function readLine(text: string, start: number, end: number): TextLine {
  const line = text.slice(start, end);
  const pairs = findFormattedSpans(line).map(({ mark, open, close }) => ({
    mark,
    open: start + open,
    close: start + close,
  }));
  // A line in bold, or one that ends in a colon, announces what follows.
  const introducesNext = /^\*[^*]+\*:?\s*$|:[*_]?\s*$/.test(line);
  const contentStart = start + (SIGNS.exec(line)?.[0].length ?? 0);
  return { start, end, contentStart, quoted: line.startsWith('> '), introducesNext, pairs };
}

// An item ends before the next line that is indented no deeper.
function listItems(text: string, lines: readonly TextLine[], fences: readonly Span[]): Span[] {
  const items: Span[] = [];
  const open: { start: number; indent: number }[] = [];
  let lastEnd = 0;
  let fence = 0;
  const closeTo = (indent: number) => {
    while (open.length > 0 && open.at(-1)!.indent >= indent) items.push({ start: open.pop()!.start, end: lastEnd });
  };
  for (const line of lines) {
    while ((fences[fence]?.start ?? Number.POSITIVE_INFINITY) < line.start) {
      closeTo(0);
      fence++;
    }
    const written = text.slice(line.start, line.end);
    if (!/\S/.test(written)) continue;
    const indent = /^[ \t]*/.exec(written)?.[0].length ?? 0;
    closeTo(indent);
    if (ITEM.test(written)) open.push({ start: line.start, indent });
    lastEnd = line.end;
  }
  closeTo(0);
  return items;
}
