import type { Period } from '../../supabase/calendar.ts';

/** What the words of a question say that a router can use. */
export interface ParsedQuestion {
  /** Lower case, short forms and common typos written out, one space between words, a space at both ends. */
  words: string;
  /** An account or its first digits, where one is named. */
  account: string | null;
  measure: Measure | null;
  period: Period | null;
  /** How many rows a ranking should show. */
  limit: number;
  /** Which entry of the last list is meant, from 1. */
  ordinal: number | null;
  /** A percentage that the user names. */
  percent: number | null;
}

export type Measure = 'sisa' | 'serapan' | 'realisasi' | 'pagu';

/** Short forms and typos as people type them on a phone, by what they mean. */
const MEANINGS: Record<string, string> = {
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
const WORDS = new Map(
  Object.entries(MEANINGS).flatMap(([meaning, forms]) => forms.split(' ').map((form) => [form, meaning] as const)),
);
const PHRASES: [RegExp, string][] = [
  [/ paling (rendah|kecil|sedikit|minim) /g, ' terendah '],
  [/ paling (tinggi|besar|banyak|gede) /g, ' tertinggi '],
  [/ (p j|pj|pic|penanggungjawab(nya)?|penanggung jawab(nya)?) /g, ' penanggung jawab '],
  [/ belum (ada )?(tanggal|tgl|bertanggal|dijadwalkan|terjadwal)(nya)? /g, ' undated '],
  [/ tanpa (tanggal|tgl) /g, ' undated '],
];
/** Periods by the words that name them, the longest first. */
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
const NUMBERS = ['satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh'];
const GROUPS: [RegExp, string][] = [
  [/ belanja (barang dan jasa|barang|jasa) /, '52'],
  [/ belanja modal /, '53'],
  [/ (belanja pegawai|gaji) /, '51'],
  [/ perjalanan dinas /, '524'],
];
/** Rows of a ranking where nobody says how many, and at most. */
const USUAL_LIMIT = 5;
const LONGEST_LIMIT = 20;

/** Reads a question as far as a router needs it. Pure, linear in the text. */
export function parseQuestion(written: string): ParsedQuestion {
  const text = withoutAttachments(written);
  const words = plain(text);
  return {
    words,
    account: accountIn(words, text) ?? GROUPS.find(([pattern]) => pattern.test(words))?.[1] ?? null,
    measure: measureIn(words),
    period: PERIODS.find(([pattern]) => pattern.test(words))?.[1] ?? null,
    limit: limitIn(words),
    ordinal: ordinalIn(words),
    percent: percentIn(text),
  };
}

/** Removes the lines in which the service describes a file or place: the user did not write them. */
function withoutAttachments(text: string): string {
  const isDescription = (line: string) => /^\((?:mengirim|Lokasi) /.test(line) && line.endsWith(')');
  return text
    .split('\n')
    .filter((line) => !isDescription(line))
    .join('\n');
}

function plain(text: string): string {
  const tokens =
    text
      .normalize('NFKC')
      .toLowerCase()
      .slice(0, 2000)
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const written = tokens.map((token) => WORDS.get(token) ?? token).join(' ');
  // Each phrase takes its spaces with it, so neighbours need theirs doubled.
  const spaced = ` ${written.replaceAll(' ', '  ')} `;
  const joined = PHRASES.reduce(
    (words, [pattern, phrase]) => words.replaceAll(/ {2}/g, ' ').replace(pattern, phrase),
    spaced,
  );
  return ` ${joined.replaceAll(/ {2,}/g, ' ').trim()} `;
}

/** Digits of an account: 2 to 6 of them beginning with 5, and no share or amount. */
function accountIn(words: string, text: string): string | null {
  const digits = / ([5]\d{1,5}) /.exec(words)?.[1];
  if (!digits || new RegExp(`${digits}\\s*(%|persen|prosen|juta|jt|ribu|rb|miliar|m\\b)`, 'i').test(text)) return null;
  return digits;
}

function measureIn(words: string): Measure | null {
  for (const measure of ['serapan', 'sisa', 'realisasi', 'pagu'] as const) {
    if (words.includes(` ${measure} `)) return measure;
  }
  return null;
}

function limitIn(words: string): number {
  const written = / (\d{1,2}) (?:akun|rincian|kegiatan|baris|pos) /.exec(words)?.[1];
  const spoken = NUMBERS.findIndex((number) => new RegExp(` ${number} (akun|rincian|kegiatan|baris|pos) `).test(words));
  const limit = written ? Number(written) : spoken >= 0 ? spoken + 1 : USUAL_LIMIT;
  return Math.min(LONGEST_LIMIT, Math.max(1, limit));
}

function ordinalIn(words: string): number | null {
  const written = / (?:nomor|yang ke) (\d{1,2}) /.exec(words)?.[1] ?? / yang (\d{1,2}) /.exec(words)?.[1];
  if (written) return Number(written);
  if (/ yang (pertama|kesatu) /.test(words)) return 1;
  const spoken = NUMBERS.findIndex((number) => new RegExp(` (nomor ${number}|yang ke${number}) `).test(words));
  return spoken >= 0 ? spoken + 1 : null;
}

function percentIn(text: string): number | null {
  const written = /(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|persen|prosen)/i.exec(text)?.[1];
  return written ? Number(written.replace(',', '.')) : null;
}
