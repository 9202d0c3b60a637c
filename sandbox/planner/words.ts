import { findCanonical } from './vocabulary.ts';

/** One word of a message. */
export interface Word {
  /** As the user wrote it. */
  written: string;
  /** Lower case, with short forms and typing errors resolved. */
  canonical: string;
  /** False: a name or a search term. */
  known: boolean;
}

/** Maximum number of parsed characters per message. */
const MAX_TEXT = 2_000;

/** Splits a message into words. Codes, amounts and compounds («6336.EBA», «1.500.000», «RKA-K/L») are single words. */
export function readWords(text: string): Word[] {
  const written =
    text
      .normalize('NFKC')
      .slice(0, MAX_TEXT)
      .replace(/\b(tw|q)([1-4])\b/gi, 'triwulan $2')
      .match(/[\p{L}\p{N}]+(?:[.,/-][\p{L}\p{N}]+)*/gu) ?? [];
  return written.map((word) => {
    const canonical = findCanonical(word.toLowerCase());
    return {
      written: word,
      canonical: canonical ?? word.toLowerCase(),
      known: canonical !== null || /^(?:ke-?|rp\.?)?\d/i.test(word),
    };
  });
}

/** Expressions of several words, and the canonical word that replaces each. */
const EXPRESSIONS: [RegExp, string][] = [
  [/ penanggung jawab /g, ' pic '],
  [/ paling rendah /g, ' terendah '],
  [/ paling tinggi /g, ' tertinggi '],
  [/ (?:belum|tanpa) (?:ada |punya |milik )?(?:tanggal|bertanggal|terjadwal|dijadwalkan) /g, ' undated '],
  [/ terima kasih /g, ' makasih '],
];

/** The canonical words in one line with a space at both ends, for matching expressions. */
export function joinCanonical(words: readonly Word[]): string {
  const line = ` ${words.map(({ canonical }) => canonical).join(' ')} `;
  return EXPRESSIONS.reduce((normalized, [expression, word]) => normalized.replace(expression, word), line);
}

/** @returns the longest run of unknown words, unchanged, as the search term; null if all words are known */
export function findSearchTerm(words: readonly Word[]): string | null {
  const runs: string[][] = [[]];
  for (const { written, known } of words) {
    if (known) runs.push([]);
    else runs.at(-1)?.push(written);
  }
  const longest = runs.reduce((best, run) => (run.join(' ').length > best.join(' ').length ? run : best), []);
  return longest.length > 0 ? longest.join(' ') : null;
}
