import { isDelimiter, type Span } from '../format/delimiters.ts';
import { type Layout, readLayout, type TextLine } from './layout.ts';

/** Longer messages fold away behind «Baca selengkapnya» more than once; WhatsApp's own limit is 65,536. */
const MAX_PART_LENGTH = 3500;
const SMALLEST_LIMIT = 64;
const MAX_UNNUMBERED_PARTS = 2;
const FENCE = '```';
/** A part is filled at least this far before a better kind of place is preferred to a later one. */
const MIN_FILL_RATIO = 0.5;
/** What closing and opening again in the middle of a line may take: `> `, three marks and a backtick, twice. */
const MOST_REOPENED = 10;

/**
 * WhatsApp text in parts of at most `limit` UTF-16 units (at least 64, else a RangeError), `(1/3)` lines included where there are more than
 * two. Cut between paragraphs, else lines, else words; inside a monospace block, formatted stretch, list item, amount, date, address or
 * grapheme only where that alone exceeds a part, and formatting is then closed and opened again. Linear time. No part is blank: blank text has none.
 */
export function splitIntoParts(text: string, limit: number = MAX_PART_LENGTH): string[] {
  if (limit < SMALLEST_LIMIT) throw new RangeError(`a part needs at least ${SMALLEST_LIMIT} characters`);
  if (text.length <= limit) return /\S/.test(text) ? [text] : [];
  const layout = readLayout(text.trimEnd());
  for (let digits = 0; ; digits++) {
    const parts = cut(layout, limit - (digits > 0 ? '(/)\n'.length + 2 * digits : 0));
    if (parts.length <= MAX_UNNUMBERED_PARTS) return parts;
    if (digits > 0 && String(parts.length).length <= digits)
      return parts.map((part, index) => `(${index + 1}/${parts.length})\n${part}`);
  }
}

function cut(layout: Layout, room: number): string[] {
  const { text } = layout;
  const whole = unbrokenIn(layout, room);
  const parts: string[] = [];
  let at = startAfter(text, 0);
  let reopen = '';
  while (at < text.length) {
    if (reopen.length + text.length - at <= room) {
      parts.push(reopen + text.slice(at).trimEnd());
      break;
    }
    const end = bestCut(layout, whole, at, room - reopen.length);
    const next = startAfter(text, end);
    const body = text.slice(at, end).trimEnd();
    if (body) parts.push(reopen + body + closers(layout, end));
    reopen = openers(layout, end, next);
    at = next;
  }
  return parts;
}

// 1 where a cut would fall inside something that fits a part, or leave a block's fences or a list's sign alone.
function unbrokenIn({ text, atomicSpans, fences, lines }: Layout, room: number): Uint8Array {
  const whole = new Uint8Array(text.length + 1);
  let filledTo = 0;
  for (const { start, end } of atomicSpans) {
    const atLineStart = start === 0 || text[start - 1] === '\n';
    if (end <= filledTo || end - start > room - (atLineStart ? 0 : MOST_REOPENED)) continue;
    whole.fill(1, start + 1, end);
    filledTo = end;
  }
  for (const { start, end } of fences) {
    const inner = text.slice(start + FENCE.length, end - FENCE.length);
    whole.fill(1, start + 1, end - FENCE.length - inner.trimStart().length + 1);
    whole.fill(1, start + FENCE.length + inner.trimEnd().length, end);
  }
  for (const { start, end, contentStart } of lines) {
    if (contentStart < end) whole.fill(1, start + 1, contentStart + 1);
  }
  return whole;
}

// Places where one part may end: at a blank line, a line break or a space, the last one that fills the part well; else inside a word.
function bestCut(layout: Layout, whole: Uint8Array, at: number, room: number): number {
  const latest = at + room;
  const wellFilled = at + room * MIN_FILL_RATIO;
  const best = { paragraph: -1, line: -1, word: -1 };
  for (let place = Math.min(latest, layout.text.length - 1); place > at; place--) {
    const kind = whole[place] ? undefined : placeKind(layout, place);
    if (!kind || best[kind] >= 0 || place + closers(layout, place).length > latest) continue;
    best[kind] = place;
    if (kind === 'paragraph') break;
  }
  const filling = [best.paragraph, best.line, best.word].find((place) => place >= wellFilled);
  return filling ?? lastOf(Object.values(best)) ?? cutInWord(layout, whole, at, latest);
}

function lastOf(places: readonly number[]): number | undefined {
  const last = Math.max(...places);
  return last < 0 ? undefined : last;
}

// What announces the next line is not left behind at the end of a part: such a place is no better than a space.
function placeKind({ text, lines, graphemes }: Layout, place: number): 'paragraph' | 'line' | 'word' | undefined {
  const unit = text[place];
  if ((unit !== ' ' && unit !== '\n') || /\s/.test(text.charAt(place - 1)) || !graphemes[place + 1]) return undefined;
  if (unit === ' ') return 'word';
  if (lineAt(lines, place)?.introducesNext) return 'word';
  return /^\n[ \t]*\n/.test(text.slice(place, place + 80)) ? 'paragraph' : 'line';
}

// Not beside a mark: it would open a pair around nothing, or stand at a word's edge where it may format (`a_b`).
function cutInWord(layout: Layout, whole: Uint8Array, at: number, latest: number): number {
  const { text, graphemes } = layout;
  const apart = (place: number) => !whole[place] && !isDelimiter(text[place - 1]) && !isDelimiter(text[place]);
  for (const allowed of [apart, () => true]) {
    for (let place = latest; place > at; place--) {
      if (graphemes[place] && allowed(place) && place + closers(layout, place).length <= latest) return place;
    }
  }
  // One grapheme longer than a part. A surrogate pair at least stays whole.
  const end = latest - FENCE.length - 1;
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
}

// The next visible character, with its line's indentation if a line begins.
function startAfter(text: string, end: number): number {
  let visible = end;
  while (visible < text.length && /\s/.test(text.charAt(visible))) visible++;
  const lineStart = text.lastIndexOf('\n', visible - 1) + 1;
  return lineStart > end || end === 0 ? lineStart : visible;
}

function closers(layout: Layout, end: number): string {
  if (spanAround(layout.fences, end)) return `\n${FENCE}`;
  return openMarks(layout, end).reverse().join('');
}

function openers(layout: Layout, end: number, next: number): string {
  if (spanAround(layout.fences, end)) return `${FENCE}\n`;
  const line = lineAt(layout.lines, end);
  if (!line || next > line.end || end <= line.start) return '';
  return (line.quoted ? '> ' : '') + openMarks(layout, end).join('');
}

function openMarks({ lines }: Layout, place: number): string[] {
  const pairs = lineAt(lines, place)?.pairs.filter(({ open, close }) => open < place && place <= close) ?? [];
  return pairs.toSorted((a, b) => a.open - b.open).map(({ mark }) => mark);
}

function spanAround(spans: readonly Span[], place: number): Span | undefined {
  const span = lastStarting(spans, place - 1);
  return span && place < span.end ? span : undefined;
}

function lineAt(lines: readonly TextLine[], place: number): TextLine | undefined {
  const line = lastStarting(lines, place);
  return line && place <= line.end ? line : undefined;
}

function lastStarting<T extends Span>(spans: readonly T[], place: number): T | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.start <= place) low = middle + 1;
    else high = middle;
  }
  return spans[low - 1];
}
