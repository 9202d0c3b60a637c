/** Limits of a ranking: percent or rupiah, both ends included. */
export interface Bounds {
  kind: 'percent' | 'rupiah';
  min?: number;
  max?: number;
}

const COUNT_WORDS = ['satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh'];
const ORDINAL_WORDS = ['pertama', 'kedua', 'ketiga', 'keempat', 'kelima'];
const COUNT = `(\\d{1,2}|${COUNT_WORDS.join('|')})`;
const UNITS: Record<string, number> = { ribu: 1e3, rb: 1e3, juta: 1e6, jt: 1e6, miliar: 1e9, milyar: 1e9, m: 1e9 };
const AMOUNT = /(rp\.?\s*)?(\d[\d.]*(?:,\d+)?)\s*(?:(ribu|rb|juta|jt|miliar|milyar|m)\b)?/gi;
const PERCENT = /(\d{1,3}(?:[.,]\d+)?)\s*(?:%|persen\b|prosen\b)/i;
const BELOW = /(?:di ?bawah|kurang dari|lebih kecil dari|tidak sampai|maksimal|paling banyak|<)/i;
const ABOVE = /(?:di ?atas|lebih dari|lebih besar dari|melebihi|minimal|paling sedikit|>)/i;

const WITHOUT_REALISATION =
  / (?:belum|tanpa|tidak) (?:ada |punya |sama sekali )*realisasi | belum serapan sama sekali | realisasi (?:masih |yang )*(?:nol|kosong|nihil) /;
/** «antara 60 dan 70 persen» */
const BETWEEN = /antara (\d{1,3}) ?(?:%|persen)? ?(?:dan|sampai) ?(\d{1,3}) ?(?:%|persen)/i;

/** @returns the percentage in a question, for example a target; null if there is no percentage */
export function readPercent(text: string): number | null {
  const written = PERCENT.exec(text)?.[1];
  return written === undefined ? null : Number(written.replace(',', '.'));
}

/** Parses an amount in rupiah: with «Rp», with a unit, or with at least seven digits. */
function readRupiah(text: string): number | null {
  for (const [, currency, digits = '', unit] of text.matchAll(AMOUNT)) {
    const value = Number(digits.replaceAll('.', '').replace(',', '.'));
    const scaled = value * (UNITS[unit?.toLowerCase() ?? ''] ?? 1);
    if (currency !== undefined || unit !== undefined || scaled >= 1e6) return scaled;
  }
  return null;
}

/** Parses the bound of a comparison: «di bawah 50%», «lebih dari Rp100 juta», «belum ada realisasi», «minus». */
export function readBounds(text: string, normalized: string): Bounds | null {
  if (normalized.includes(' minus ')) return { kind: 'rupiah', max: -1 };
  if (WITHOUT_REALISATION.test(normalized)) return { kind: 'percent', min: 0, max: 0 };
  const between = BETWEEN.exec(text);
  if (between)
    return { kind: 'percent', min: readPercent(`${between[1]}%`) ?? 0, max: readPercent(`${between[2]}%`) ?? 100 };
  const isNegated = / tidak (?:lebih|kurang|di) /.test(normalized);
  const [below, above] = [BELOW.exec(text), ABOVE.exec(text)];
  const comparison = below ?? above;
  if (!comparison) return null;
  const after = text.slice(comparison.index);
  const percent = readPercent(after);
  const bare = normalized.includes(' serapan ') ? / (\d{1,2})(?!\d)/.exec(after)?.[1] : undefined;
  const value = percent ?? readRupiah(after) ?? (bare === undefined ? null : Number(bare));
  if (value === null) return null;
  const isBelow = (below !== null) !== isNegated;
  const isShare = percent !== null || (bare !== undefined && readRupiah(after) === null);
  return { kind: isShare ? 'percent' : 'rupiah', ...(isBelow ? { max: value } : { min: value }) };
}

/** @returns the requested number of rows; null if the question names no number */
export function readLimit(normalized: string): number | null {
  const written =
    new RegExp(` ${COUNT} (?:akun|rincian|kegiatan|ro|komponen|program) `).exec(normalized)?.[1] ??
    new RegExp(` ${COUNT} (?:terendah|tertinggi) `).exec(normalized)?.[1];
  return written === undefined ? null : Math.min(20, Math.max(1, toCount(written)));
}

/** @returns the requested entry of a list, from 1; null if the question names no entry */
export function readOrdinal(normalized: string): number | null {
  const written =
    new RegExp(` nomor ${COUNT} `).exec(normalized)?.[1] ??
    new RegExp(` yang ke[ -]?${COUNT} `).exec(normalized)?.[1] ??
    / yang (\d{1,2}) (?!akun|kegiatan|persen)/.exec(normalized)?.[1];
  if (written !== undefined) return toCount(written);
  const word = ORDINAL_WORDS.findIndex((ordinal) => normalized.includes(` yang ${ordinal} `));
  return word < 0 ? null : word + 1;
}

function toCount(written: string): number {
  return Number(written) || COUNT_WORDS.indexOf(written) + 1;
}
