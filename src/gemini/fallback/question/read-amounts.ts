import { parseNumeral } from '../../../supabase/numerals.ts';

/** The limits of a comparison, both ends included: percent or rupiah. */
export interface Bound {
  kind: 'percent' | 'rupiah';
  min?: number;
  max?: number;
}

const NUMBER_WORDS = ['satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh'];
const ORDINAL_WORDS = ['pertama', 'kedua', 'ketiga', 'keempat', 'kelima'];
const COUNT = `(\\d{1,2}|${NUMBER_WORDS.join('|')})`;
const COUNTED = new RegExp(
  ` ${COUNT} (?:akun|rincian|kegiatan|baris|program|kro|ro|komponen|subkomponen|terendah|tertinggi) `,
);
const NUMBERED = new RegExp(` (?:nomor|yang ke) ${COUNT} `);
const NUMBERED_ONLY = / yang (\d{1,2}) (?!akun|kegiatan|rincian|baris|persen)/;
const NUMBERED_IN_ONE_WORD = new RegExp(` yang ke(${NUMBER_WORDS.join('|')}) `);
/** Rows of a ranking at most. */
const MAX_LIMIT = 20;

/** A smaller number without a unit is no amount. */
const MIN_BARE_RUPIAH = 1000;

const PERCENT = /(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|persen|prosen)/i;
const SCALES: Record<string, number> = {
  ribu: 1e3,
  rb: 1e3,
  juta: 1e6,
  jt: 1e6,
  miliar: 1e9,
  milyar: 1e9,
  m: 1e9,
  triliun: 1e12,
  t: 1e12,
};
const VALUE =
  '(?:rp\\.? ?)?(\\d[\\d.,]{0,20}) ?(%|persen|prosen|ribu|rb|juta|jt|miliar|milyar|m|triliun|t)?(?![\\p{L}\\p{N}])';
const NOT = '(tidak |tdk |tak |gak |ga |nggak |enggak |ngga )?';
const BELOW =
  '(?:di ?bawah|(?:kurang|krg) (?:dari|dr)|(?:lebih|lbh) (?:kecil|rendah|sedikit) (?:dari|dr)|(?:tidak|belum|tdk|blm|gak|nggak) (?:sampai|mencapai|nyampe)|maksimal|maks|paling (?:banyak|tinggi)|<=?)';
const ABOVE =
  '(?:di ?atas|(?:lebih|lbh) (?:(?:besar|tinggi|banyak) )?(?:dari|dr)|melebihi|minimal|min|paling (?:sedikit|rendah)|setidaknya|>=?)';
const FILLER = ' ?(?:angka |target |sekitar |dari )?';
const COMPARISON = new RegExp(`(?<![\\p{L}\\p{N}])${NOT}(?:(${BELOW})|(${ABOVE}))${FILLER}${VALUE}`, 'iu');
const RANGE = new RegExp(`(?<![\\p{L}\\p{N}])antara ${VALUE} ?(?:dan|sampai|sd|-|s/d) ?${VALUE}`, 'iu');

/** Returns the requested number of rows, at most MAX_LIMIT. @returns null if the question names no number */
export function readLimit(words: string): number | null {
  const written = COUNTED.exec(words)?.[1];
  return written === undefined ? null : Math.min(MAX_LIMIT, Math.max(1, toCount(written)));
}

/** Returns the number of an entry of the last list, from 1. @returns null if the question names no entry */
export function readOrdinal(words: string): number | null {
  const written = (NUMBERED.exec(words) ?? NUMBERED_IN_ONE_WORD.exec(words) ?? NUMBERED_ONLY.exec(words))?.[1];
  if (written !== undefined) return toCount(written);
  const index = ORDINAL_WORDS.findIndex((word) => words.includes(` yang ${word} `));
  return index < 0 ? null : index + 1;
}

/** @returns the first percentage of a text; null if the text has no percentage */
export function readPercent(text: string): number | null {
  const written = PERCENT.exec(text)?.[1];
  return written === undefined ? null : Number(written.replace(',', '.'));
}

/**
 * Reads a comparison: «di bawah 50%», «lebih dari Rp1,5 miliar», «tidak lebih dari 10 juta», «antara 50 dan 70 persen».
 * @param text with single spaces
 * @param isShare whether a small number without a unit is a percentage
 */
export function readBound(text: string, isShare: boolean): Bound | null {
  const range = RANGE.exec(text);
  if (range) {
    const [, low = '', lowUnit, high = '', highUnit] = range;
    const max = readValue(high, highUnit, isShare);
    const min = readValue(low, lowUnit ?? highUnit, isShare);
    return min && max && min.kind === max.kind ? { kind: max.kind, min: min.value, max: max.value } : null;
  }
  const [, negation, below, , digits = '', unit] = COMPARISON.exec(text) ?? [];
  const found = readValue(digits, unit, isShare);
  if (!found) return null;
  const isBelow = (below !== undefined) !== (negation !== undefined);
  return { kind: found.kind, [isBelow ? 'max' : 'min']: found.value };
}

function readValue(
  digits: string,
  unit: string | undefined,
  isShare: boolean,
): { kind: Bound['kind']; value: number } | null {
  const value = parseNumeral(digits.replace(/[.,]+$/, ''))?.value;
  if (value === undefined) return null;
  const scale = SCALES[unit?.toLowerCase() ?? ''];
  if (scale !== undefined) return { kind: 'rupiah', value: value * scale };
  if (unit !== undefined) return { kind: 'percent', value };
  if (value >= MIN_BARE_RUPIAH) return { kind: 'rupiah', value };
  return isShare ? { kind: 'percent', value } : null;
}

function toCount(written: string): number {
  return Number(written) || NUMBER_WORDS.indexOf(written) + 1;
}
