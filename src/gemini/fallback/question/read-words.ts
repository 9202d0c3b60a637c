import { findWord, isKnownWord } from './vocabulary.ts';

/** One written word of a question. */
export interface Token {
  /** Position in the text of the question. */
  start: number;
  end: number;
  /** Lower case, with short forms and typing errors replaced. */
  word: string;
  /** False for names and search terms. */
  isKnown: boolean;
}

/** The words of a question. */
export interface Words {
  /** The parsed part of the question, in the notation of the keyboard (NFKC). */
  text: string;
  tokens: readonly Token[];
  /** The words with phrases replaced; one space between words and at both ends. */
  words: string;
}

/** The space after a phrase is not consumed: it begins the next phrase. */
const PHRASES: [RegExp, string][] = [
  [/ paling (?:murah|rendah)(?= )/g, ' terendah'],
  [/ paling (?:mahal|tinggi)(?= )/g, ' tertinggi'],
  [/ (?:p j|pj|pic|penanggung jawab|bertanggung jawab)(?= )/g, ' penanggung jawab'],
  [/ belum (?:ada |punya )?(?:tanggal|bertanggal|dijadwalkan|terjadwal)(?= )/g, ' undated'],
  [/ tanpa tanggal(?= )/g, ' undated'],
  [/ (?:melebihi|melampaui) pagu(?= )/g, ' minus'],
  [/ (?:yang|sudah|tanggal) lewat(?= )/g, ' terlambat'],
  [/ bukan (?:yang )?\S+(?= )/g, ''],
  [/ jangan (?:(?:kasih|beri|berikan|sebutkan|tampilkan) )?\S+(?= )/g, ''],
];
/** «tw3», «q2»: a quarter in one word. */
const QUARTER = /^(?:tw|triwulan|q)([1-4])$/;
/** «s.d.», «s/d». */
const UNTIL = /(?<![\p{L}\p{N}])s ?[./] ?d(?![\p{L}\p{N}])\.?/giu;
/** Characters of a question that are parsed; keeps the time bounded. */
export const MAX_PARSED_LENGTH = 2_000;

/** Reads the words of a question, without the lines about files and locations. Takes linear time. */
export function readWords(message: string): Words {
  const text = removeAttachmentLines(message).normalize('NFKC').slice(0, MAX_PARSED_LENGTH).replace(UNTIL, 'sd');
  const tokens = [...text.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => readToken(match[0], match.index));
  return { text, tokens, words: joinWords(tokens) };
}

function readToken(written: string, start: number): Token {
  const form = written.toLowerCase();
  const quarter = QUARTER.exec(form)?.[1];
  const word = quarter ? `triwulan ${quarter}` : findWord(form);
  return { start, end: start + written.length, word, isKnown: quarter !== undefined || isKnownWord(word) };
}

/** Joins words with one space and replaces phrases. */
function joinWords(tokens: readonly Token[]): string {
  const written = ` ${tokens.map(({ word }) => word).join(' ')} `;
  return PHRASES.reduce((words, [pattern, phrase]) => words.replace(pattern, phrase), written);
}

/** Removes the lines that the service adds for files and locations: the user did not write them. */
function removeAttachmentLines(text: string): string {
  const isDescription = (line: string) => /^\((?:mengirim|Lokasi) /.test(line) && line.endsWith(')');
  return text
    .split('\n')
    .filter((line) => !isDescription(line))
    .join('\n');
}
