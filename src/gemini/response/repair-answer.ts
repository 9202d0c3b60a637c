import { CODE_SPANS } from '../../language/code-spans.ts';

/** Copies in a row that show a model in a loop. */
const MIN_COPIES = 3;
/** Items of a list and rows of a table may be equal in the data. */
const MIN_DATA_COPIES = 8;
/** Shorter text may repeat on purpose, but not so often. */
const SHORT_LENGTH = 20;
const MIN_SHORT_COPIES = 30;
/** Lines or sentences of the longest loop that is recognized: a list of 20 activities whose lines hold two sentences. */
const MAX_LOOP_UNITS = 40;
/** The number or letter of a list item, which a model in a loop continues to count. */
const LIST_NUMBER = /^(\s*[*_]{0,2}\(?)(?:\d{1,4}|[A-Za-z])(?=[.)])/;
/** A line this long, in UTF-16 units, that repeats the same words is a loop without punctuation. */
const MIN_LOOP_LINE = 500;
/** At most 100 characters that follow each other 20 times or more. */
const REPEATED_WORDS = /([^\n]{1,100}?)\1{19,}/g;

/** `[cite: 3, 5]`, and `[12]` where it touches a word or ends a sentence; elsewhere `[1]` may number a choice. */
const CITATION =
  /\[cite_(?:start|end)\]|[^\S\n]?\[cite\s?:[^\][\n]{0,200}\]|(?:(?<=\S)|[^\S\n](?=[^\]]{1,99}\][^\S\n]*(?:[.,;!?)\n[]|$)))(?:\[\d{1,3}(?:, ?\d{1,3}){0,20}\])+(?![(:])/gi;

/** TeX's separators in a number: `45{,}3`, `1\,500\,000`, `7\,\%`. */
const TEX_SEPARATOR = /(?<=\d)\{([.,])\}(?=\d)|(?<=\d)\\,(?=\d{3}|\\%)/g;
const NARROW_SPACE = '\u202f';

/** Corrects an answer in which the model wrote line breaks as `\n`, cited sources that users cannot see, or got into a loop. */
export function repairAnswer(markdown: string): string {
  return removeRepeatedWords(removeRepetitions(convertSeparators(removeCitations(restoreLineBreaks(markdown)))));
}

// The figures of an answer are verified before it is formatted.
function convertSeparators(markdown: string): string {
  return markdown.replace(TEX_SEPARATOR, (_, separator: string | undefined) => separator ?? NARROW_SPACE);
}

function removeCitations(markdown: string): string {
  if (!markdown.includes('[')) return markdown;
  const segments = markdown.split(CODE_SPANS);
  return segments.map((segment, index) => (index % 2 === 0 ? segment.replace(CITATION, '') : segment)).join('');
}

// A model that writes no line break but `\n` means line breaks.
function restoreLineBreaks(markdown: string): string {
  if (markdown.includes('\n')) return markdown;
  return markdown.replace(/(?<!`)(?:\\r)?\\n(?!(?:eq?|u|ot|abla)\b|`)/g, '\n');
}

// Handles a loop without any punctuation or line break.
function removeRepeatedWords(text: string): string {
  const lines = text.split('\n');
  return lines.map((line) => (line.length < MIN_LOOP_LINE ? line : line.replace(REPEATED_WORDS, '$1'))).join('\n');
}

// Removes the copies where a model repeats the same lines or sentences; the first copy and everything after the last one stay.
function removeRepetitions(text: string): string {
  const units = text.match(/[^\n.!?]*(?:[.!?]+(?:\s+|(?=\S)|$)|\n+|$)/g)?.filter((unit) => unit !== '') ?? [];
  const words = units.map((unit) => unit.trimEnd());
  const unnumbered = words.map((unit) => unit.replace(LIST_NUMBER, '$1#'));
  let repaired = '';
  for (let index = 0; index < units.length; ) {
    const loop = findLoop(words, index) ?? findLoop(unnumbered, index, MIN_DATA_COPIES);
    const end = loop?.end ?? index + 1;
    const first = units.slice(index, index + (loop?.size ?? 1)).join('');
    const lastUnit = units[end - 1] ?? '';
    repaired += first.trimEnd() + lastUnit.slice(lastUnit.trimEnd().length);
    index = end;
  }
  return repaired;
}

/** @returns the units of one copy and the index after the last one; null if fewer than `minCopies` follow at `start` */
function findLoop(
  words: readonly string[],
  start: number,
  minCopies = MIN_COPIES,
): { size: number; end: number } | null {
  for (let size = 1; size <= MAX_LOOP_UNITS && words[start] !== ''; size++) {
    let end = start + size;
    while (end < words.length && words[end] === words[end - size]) end++;
    const copies = Math.floor((end - start) / size);
    if (copies < minCopies) continue;
    const loop = words.slice(start, start + size);
    const isShort = loop.join('').length < SHORT_LENGTH;
    const isData = loop.every((unit) => /^\s*(?:[-*+|•]|\d+[.)])/.test(unit));
    if (copies < (isShort ? MIN_SHORT_COPIES : isData ? MIN_DATA_COPIES : MIN_COPIES)) continue;
    // The copy that a token limit has cut.
    const partial = words[end] ?? '';
    const isCut = partial !== '' && (words[end - size] ?? '').startsWith(partial);
    return { size, end: isCut ? end + 1 : end };
  }
  return null;
}
