import type { Period } from '../../supabase/calendar.ts';

/** The parts of a question that intents use. */
export interface ParsedQuestion {
  /** Lower case, with short forms and common typos replaced; one space between words and at both ends. */
  words: string;
  /** An account code or its first digits. */
  account: string | null;
  measure: Measure | null;
  period: Period | null;
  /** Number of rows in a ranking. */
  limit: number;
  /** Number of an entry of the last list, from 1. */
  ordinal: number | null;
  /** A percentage in the question. */
  percent: number | null;
}

export type Measure = 'sisa' | 'serapan' | 'realisasi' | 'pagu';

/** Short forms, synonyms and typos, by the word that they are replaced with. */
const SYNONYMS: Record<string, string> = {
  berapa: 'brp brapa berapakah bpr brpa',
  anggaran: 'ang angg anggran anggara anggarannya anggaranku dana duit uang budget',
  realisasi: 'real realisai relisasi realisasinya terealisasi dibelanjakan terpakai kepake terpake',
  serapan: 'srapan serpan serapannya penyerapan terserap terserapnya penyerapannya serapnya keserap',
  sisa: 'sisanya sisaku ssa saldo tersisa sisain',
  pagu: 'pagunya paguku',
  kegiatan: 'kgtn keg kegiatannya kegiatanku acara acaranya agenda agendaku jadwal jadwalku jadwalnya kegiatn',
  akun: 'akunnya akn mak',
  terendah: 'terkecil paling-rendah paling-kecil terjelek minim',
  tertinggi: 'terbesar terbanyak paling-tinggi paling-besar paling-banyak',
  terlambat: 'telat trlambat overdue lewat terlewat molor',
  komitmen: 'komit komitmennya',
  minggu: 'mgg mggu mg pekan',
  bulan: 'bln bulannya',
  hari: 'hr hri',
  besok: 'bsk besuk',
  kemarin: 'kmrn kemaren',
  depan: 'dpn',
  lalu: 'kemarin-ini lalunya',
  ini: 'ni skrg sekarang',
  yang: 'yg',
  nomor: 'no nmr nomer',
  siapa: 'sapa spa siapakah',
  apa: 'ap',
  saya: 'sy aku gue',
  tidak: 'nggak gak ga ngga enggak tdk',
  kendala: 'masalah isu issue hambatan permasalahan kendalanya',
  naik: 'naiknya kenaikan bertambah nambah',
  turun: 'turunnya penurunan berkurang',
  proyeksi: 'perkiraan prediksi prognosis tembus mencapai nyampe capai tercapai',
};
const WORD_BY_SYNONYM = new Map(
  Object.entries(SYNONYMS).flatMap(([word, forms]) => forms.split(' ').map((form) => [form, word] as const)),
);
const PHRASES: [RegExp, string][] = [
  [/ paling (rendah|kecil|sedikit|minim) /g, ' terendah '],
  [/ paling (tinggi|besar|banyak|gede) /g, ' tertinggi '],
  [/ (p j|pj|pic|penanggungjawab(nya)?|penanggung jawab(nya)?) /g, ' penanggung jawab '],
  [/ belum (ada )?(tanggal|tgl|bertanggal|dijadwalkan|terjadwal)(nya)? /g, ' undated '],
  [/ tanpa (tanggal|tgl) /g, ' undated '],
];
/** Patterns of periods; the first match counts, so longer ones come first. */
const PERIODS: [RegExp, Period][] = [
  [/ hari ini | today /, 'today'],
  [/ besok /, 'tomorrow'],
  [/ kemarin /, 'yesterday'],
  [/ minggu depan /, 'next_week'],
  [/ minggu (lalu|kemarin) /, 'last_week'],
  [/ minggu /, 'this_week'],
  [/ bulan depan /, 'next_month'],
  [/ bulan (lalu|kemarin) /, 'last_month'],
  [/ bulan /, 'this_month'],
  [/ tahun ini /, 'this_year'],
];
const NUMBER_WORDS = ['satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh'];
/** Names of account groups with their first digits. */
const ACCOUNT_GROUPS: [RegExp, string][] = [
  [/ belanja (barang dan jasa|barang|jasa) /, '52'],
  [/ belanja modal /, '53'],
  [/ (belanja pegawai|gaji) /, '51'],
  [/ perjalanan dinas /, '524'],
];
/** Rows of a ranking without a number in the question. */
const DEFAULT_LIMIT = 5;
const MAX_LIMIT = 20;
/** Characters of a question that are parsed; keeps the time bounded. */
const MAX_PARSED_LENGTH = 2_000;

/** Parses a question. Takes linear time. */
export function parseQuestion(message: string): ParsedQuestion {
  const text = removeAttachmentLines(message);
  const words = normalizeWords(text);
  return {
    words,
    account: parseAccount(words, text) ?? ACCOUNT_GROUPS.find(([pattern]) => pattern.test(words))?.[1] ?? null,
    measure: parseMeasure(words),
    period: PERIODS.find(([pattern]) => pattern.test(words))?.[1] ?? null,
    limit: parseLimit(words),
    ordinal: parseOrdinal(words),
    percent: parsePercent(text),
  };
}

/** Removes the lines that the service adds for files and locations: the user did not write them. */
function removeAttachmentLines(text: string): string {
  const isDescription = (line: string) => /^\((?:mengirim|Lokasi) /.test(line) && line.endsWith(')');
  return text
    .split('\n')
    .filter((line) => !isDescription(line))
    .join('\n');
}

/** Returns the words in lower case with synonyms and phrases replaced. */
function normalizeWords(text: string): string {
  const tokens =
    text
      .normalize('NFKC')
      .toLowerCase()
      .slice(0, MAX_PARSED_LENGTH)
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const written = tokens.map((token) => WORD_BY_SYNONYM.get(token) ?? token).join(' ');
  // A phrase pattern consumes the spaces around it: double them, so that adjacent phrases match too.
  const spaced = ` ${written.replaceAll(' ', '  ')} `;
  const joined = PHRASES.reduce(
    (words, [pattern, phrase]) => words.replaceAll(/ {2}/g, ' ').replace(pattern, phrase),
    spaced,
  );
  return ` ${joined.replaceAll(/ {2,}/g, ' ').trim()} `;
}

/** Finds 2 to 6 digits that begin with 5 and are not a percentage or an amount. @returns null if there are none */
function parseAccount(words: string, text: string): string | null {
  const digits = / ([5]\d{1,5}) /.exec(words)?.[1];
  if (!digits || new RegExp(`${digits}\\s*(%|persen|prosen|juta|jt|ribu|rb|miliar|m\\b)`, 'i').test(text)) return null;
  return digits;
}

function parseMeasure(words: string): Measure | null {
  for (const measure of ['serapan', 'sisa', 'realisasi', 'pagu'] as const) {
    if (words.includes(` ${measure} `)) return measure;
  }
  return null;
}

function parseLimit(words: string): number {
  const written = / (\d{1,2}) (?:akun|rincian|kegiatan|baris|pos) /.exec(words)?.[1];
  const wordIndex = NUMBER_WORDS.findIndex((number) =>
    new RegExp(` ${number} (akun|rincian|kegiatan|baris|pos) `).test(words),
  );
  const limit = written ? Number(written) : wordIndex >= 0 ? wordIndex + 1 : DEFAULT_LIMIT;
  return Math.min(MAX_LIMIT, Math.max(1, limit));
}

function parseOrdinal(words: string): number | null {
  const written = / (?:nomor|yang ke) (\d{1,2}) /.exec(words)?.[1] ?? / yang (\d{1,2}) /.exec(words)?.[1];
  if (written) return Number(written);
  if (/ yang (pertama|kesatu) /.test(words)) return 1;
  const wordIndex = NUMBER_WORDS.findIndex((number) => new RegExp(` (nomor ${number}|yang ke${number}) `).test(words));
  return wordIndex >= 0 ? wordIndex + 1 : null;
}

function parsePercent(text: string): number | null {
  const written = /(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|persen|prosen)/i.exec(text)?.[1];
  return written ? Number(written.replace(',', '.')) : null;
}
