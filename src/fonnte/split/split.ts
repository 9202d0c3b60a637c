import { FENCE, isDelimiter } from '../format/delimiters.ts';
import { type Layout, readLayout } from './layout.ts';

/** WhatsApp folds longer messages behind «Baca selengkapnya» several times; its own limit is 65,536 characters. */
const MAX_PART_LENGTH = 3500;
/** Parts of one reply. More would fill the chat and take longer than a minute to send. */
const MAX_PARTS = 8;
const MAX_UNNUMBERED_PARTS = 2;
/** A better place for a cut is preferred to a later one if it fills at least this share of the part. */
const MIN_FILL_RATIO = 0.5;
/** Characters to close and reopen formatting in the middle of a line: `> `, three delimiters and a backtick, twice. */
const MAX_REOPEN_LENGTH = 10;
/** Shorter parts could not hold formatting, numbers and a grapheme. */
const MIN_PART_LENGTH = 64;
/** Paragraphs at the end of an answer that are searched for warnings about its figures. */
const CLOSING_PARAGRAPHS = 3;
const MAX_WARNING_LENGTH = 1000;

export type SplitOptions = { cutNotice: string; maxLength?: number; maxParts?: number };

/**
 * Splits a WhatsApp text into at most `maxParts` parts of at most `maxLength` UTF-16 units, `(1/3)` lines included where there are more
 * than two. A longer text is cut: its last part ends with `cutNotice` and the warnings from the end of the text.
 *
 * Cuts are between paragraphs, otherwise lines, otherwise words; inside a monospace block, formatted span, list item, amount, date,
 * address or grapheme only where it is longer than a part. Formatting is then closed and opened again. No part is blank.
 * @throws RangeError where `maxLength` is below 64
 */
export function splitIntoParts(text: string, options: SplitOptions): string[] {
  const { cutNotice, maxLength = MAX_PART_LENGTH, maxParts = MAX_PARTS } = options;
  if (maxLength < MIN_PART_LENGTH) throw new RangeError(`a part needs at least ${MIN_PART_LENGTH} characters`);
  if (text.length <= maxLength) return /\S/.test(text) ? [text] : [];
  const layout = readLayout(text.trimEnd());
  const unnumbered = splitLayout(layout, maxLength);
  if (unnumbered.length <= MAX_UNNUMBERED_PARTS) return unnumbered;
  const room = maxLength - '(/)\n'.length - 2 * String(maxParts).length;
  const parts = splitLayout(layout, room);
  if (parts.length > maxParts) {
    const closing = closingLines(text, cutNotice);
    const lastRoom = Math.max(MIN_PART_LENGTH, room - closing.length - 2);
    const [last = ''] = splitLayout(readLayout(parts[maxParts - 1]!), lastRoom);
    parts.splice(maxParts - 1, parts.length, `${last}\n\n${closing}`);
  }
  if (parts.length <= MAX_UNNUMBERED_PARTS) return parts;
  return parts.map((part, index) => `(${index + 1}/${parts.length})\n${part}`);
}

// A warning about unverified figures (`texts.ungrounded`, `texts.fromFile`) must reach the user even if its answer is cut.
function closingLines(text: string, cutNotice: string): string {
  const warnings = text
    .split(/\n\n+/)
    .slice(-CLOSING_PARAGRAPHS)
    .filter((paragraph) => /^(?:⚠|📎)/u.test(paragraph) && paragraph.length <= MAX_WARNING_LENGTH);
  return [cutNotice, ...warnings].join('\n\n');
}

function splitLayout(layout: Layout, room: number): string[] {
  const { text } = layout;
  const isAtomic = markAtomic(layout, room);
  const parts: string[] = [];
  let start = nextStart(text, 0);
  let reopen = '';
  while (reopen.length + text.length - start > room) {
    const end = findCut(layout, isAtomic, start, room - reopen.length);
    const next = nextStart(text, end);
    const body = text.slice(start, end).trimEnd();
    if (body) parts.push(reopen + body + closersAt(layout, end));
    reopen = openersAt(layout, end, next);
    start = next;
  }
  const rest = text.slice(start).trimEnd();
  return rest ? [...parts, reopen + rest] : parts;
}

// True where a cut would be inside something that fits into a part, or would separate a fence or a list sign from its content.
function markAtomic({ text, atomicSpans, fences, lines }: Layout, room: number): boolean[] {
  const isAtomic = new Array<boolean>(text.length + 1).fill(false);
  let markedTo = 0;
  for (const { start, end } of atomicSpans) {
    const atLineStart = start === 0 || text[start - 1] === '\n';
    if (end <= markedTo || end - start > room - (atLineStart ? 0 : MAX_REOPEN_LENGTH)) continue;
    isAtomic.fill(true, start + 1, end);
    markedTo = end;
  }
  for (const { start, end } of fences) {
    const inner = text.slice(start + FENCE.length, end - FENCE.length);
    isAtomic.fill(true, start + 1, end - FENCE.length - inner.trimStart().length + 1);
    isAtomic.fill(true, start + FENCE.length + inner.trimEnd().length, end);
  }
  for (const { start, end, contentStart } of lines) {
    if (contentStart < end) isAtomic.fill(true, start + 1, contentStart + 1);
  }
  return isAtomic;
}

// The last blank line, line break or space that fills the part well, in this order; otherwise the last of all; otherwise inside a word.
function findCut(layout: Layout, isAtomic: readonly boolean[], start: number, room: number): number {
  const latest = start + room;
  const last = { paragraph: -1, line: -1, word: -1 };
  for (let index = Math.min(latest, layout.text.length - 1); index > start && last.paragraph < 0; index--) {
    const kind = isAtomic[index] ? null : boundaryAt(layout, index);
    if (kind && last[kind] < 0 && index + closersAt(layout, index).length <= latest) last[kind] = index;
  }
  const candidates = [last.paragraph, last.line, last.word];
  const wellFilled = candidates.find((index) => index >= start + room * MIN_FILL_RATIO);
  if (wellFilled !== undefined) return wellFilled;
  const latestCandidate = Math.max(...candidates);
  return latestCandidate >= 0 ? latestCandidate : cutInWord(layout, isAtomic, start, latest);
}

// A line that introduces the next one should not end a part: the place after it counts as a space.
function boundaryAt({ text, lineAt, graphemeStarts }: Layout, index: number): 'paragraph' | 'line' | 'word' | null {
  const character = text.charAt(index);
  if (!/[ \n]/.test(character) || /\s/.test(text.charAt(index - 1)) || !graphemeStarts.has(index + 1)) return null;
  if (character === ' ' || lineAt[index]?.introducesNext) return 'word';
  return /^\n[ \t]*\n/.test(text.slice(index, index + 80)) ? 'paragraph' : 'line';
}

// Do not cut next to a delimiter, which would enclose nothing or format at the new edge of a word (`a_b`).
function cutInWord(layout: Layout, isAtomic: readonly boolean[], start: number, latest: number): number {
  const { text, graphemeStarts } = layout;
  const isGood = (index: number) => !isAtomic[index] && !isDelimiter(text[index - 1]) && !isDelimiter(text[index]);
  for (const isAllowed of [isGood, () => true]) {
    for (let index = latest; index > start; index--) {
      const fits = index + closersAt(layout, index).length <= latest;
      if (graphemeStarts.has(index) && isAllowed(index) && fits) return index;
    }
  }
  // One grapheme is longer than a part: keep surrogate pairs whole.
  const end = latest - FENCE.length - 1;
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
}

// The next visible character, with the indentation of its line if the line starts here.
function nextStart(text: string, end: number): number {
  let visible = end;
  while (visible < text.length && /\s/.test(text.charAt(visible))) visible++;
  const lineStart = text.lastIndexOf('\n', visible - 1) + 1;
  return lineStart > end || end === 0 ? lineStart : visible;
}

function closersAt(layout: Layout, end: number): string {
  if (layout.isInFence[end]) return `\n${FENCE}`;
  return openDelimiters(layout, end).reverse().join('');
}

function openersAt(layout: Layout, end: number, next: number): string {
  if (layout.isInFence[end]) return `${FENCE}\n`;
  const line = layout.lineAt[end];
  if (!line || next > line.end || end <= line.start) return '';
  return (line.isQuoted ? '> ' : '') + openDelimiters(layout, end).join('');
}

function openDelimiters({ lineAt }: Layout, index: number): string[] {
  const spans = lineAt[index]?.spans.filter(({ open, close }) => open < index && index <= close) ?? [];
  return spans.toSorted((a, b) => a.open - b.open).map(({ delimiter }) => delimiter);
}
