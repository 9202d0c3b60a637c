/** Copies in a row that show a model in a loop. */
const MIN_COPIES = 3;
/** Items of a list and rows of a table may be equal in the data. */
const MIN_DATA_COPIES = 8;
/** Shorter text may repeat on purpose, but not so often. */
const SHORT_LENGTH = 20;
const MIN_SHORT_COPIES = 30;
/** Lines or sentences of the longest loop that is recognized. */
const MAX_LOOP_UNITS = 12;

/** Corrects an answer in which the model wrote line breaks as `\n` or got into a loop. */
export function repairAnswer(markdown: string): string {
  return removeRepetitions(restoreLineBreaks(markdown));
}

// A model that writes no line break but `\n` means line breaks.
function restoreLineBreaks(markdown: string): string {
  if (markdown.includes('\n')) return markdown;
  return markdown.replace(/(?<!`)(?:\\r)?\\n(?!(?:eq?|u|ot|abla)\b|`)/g, '\n');
}

// Removes the copies where a model repeats the same lines or sentences; the first copy and everything after the last one stay.
function removeRepetitions(text: string): string {
  const units = text.match(/[^\n.!?]*(?:[.!?]+(?:\s+|(?=\S)|$)|\n+|$)/g)?.filter((unit) => unit !== '') ?? [];
  const words = units.map((unit) => unit.trimEnd());
  let kept = '';
  for (let index = 0; index < units.length; ) {
    const loop = findLoop(words, index);
    const end = loop?.end ?? index + 1;
    const first = units.slice(index, index + (loop?.size ?? 1)).join('');
    const lastUnit = units[end - 1] ?? '';
    kept += first.trimEnd() + lastUnit.slice(lastUnit.trimEnd().length);
    index = end;
  }
  return kept;
}

/** @returns the units of one copy and the index after the last one; null where nothing repeats at `start` */
function findLoop(words: readonly string[], start: number): { size: number; end: number } | null {
  for (let size = 1; size <= MAX_LOOP_UNITS && words[start] !== ''; size++) {
    let end = start + size;
    while (end < words.length && words[end] === words[end - size]) end++;
    const copies = Math.floor((end - start) / size);
    if (copies < MIN_COPIES) continue;
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
