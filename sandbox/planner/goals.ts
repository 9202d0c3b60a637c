import type { Goal, Query } from './slots.ts';

type Slots = Omit<Query, 'goal'>;

/** Patterns of each goal; the first match applies. */
const GOALS: [Goal, (slots: Slots) => boolean][] = [
  ['next-page', ({ normalized }) => / lanjut /.test(normalized) && normalized.trim().split(' ').length <= 4],
  ['pick', ({ ordinal }) => ordinal !== null],
  [
    'define',
    ({ normalized, subject }) =>
      subject !== 'activities' && / (?:apa itu|itu apa|arti|artinya|maksud|maksudnya) /.test(normalized),
  ],
  [
    'provenance',
    ({ normalized }) => / (?:angka|data) (?:\S+ )*(?:dari mana|sumber) | sumber (?:data|angka) /.test(normalized),
  ],
  [
    'report-date',
    ({ normalized, keyword }) =>
      !keyword &&
      / (?:data|laporan|update|posisi|anggaran) /.test(normalized) &&
      / (?:kapan|tanggal|terakhir diperbarui) /.test(normalized),
  ],
  [
    'person-in-charge',
    ({ normalized, keyword, person }) =>
      / pic /.test(normalized) && (/ siapa /.test(normalized) || (keyword ?? person) !== null),
  ],
  [
    'needed-per-month',
    ({ normalized, percent }) =>
      percent !== null &&
      / (?:tiap bulan|sebulan|kurang berapa|berapa lagi) /.test(normalized) &&
      / (?:perlu|harus|capai|target|agar|supaya) /.test(normalized),
  ],
  [
    'projection',
    ({ normalized, percent, subject, months }) =>
      subject !== 'activities' &&
      (/ (?:proyeksi|capai) /.test(normalized) ||
        / akhir tahun /.test(normalized) ||
        (percent !== null && months.some((month) => month.endsWith('-12')))),
  ],
  ['sufficiency', ({ normalized, subject }) => subject !== 'activities' && / cukup /.test(normalized)],
  [
    'share',
    ({ normalized, accounts }) =>
      accounts.length === 1 &&
      / persen (?:\S+ )*dari (?:jumlah|anggaran|keseluruhan|seluruh|semua|pagu) /.test(normalized),
  ],
  [
    'trend',
    ({ normalized, subject }) => subject !== 'activities' && / (?:naik|turun|tren|tiap bulan) /.test(normalized),
  ],
  ['sum', ({ normalized, accounts }) => accounts.length > 1 && / jumlah /.test(normalized)],
  [
    'compare',
    ({ normalized, accounts, months }) =>
      / (?:banding|selisih) /.test(normalized) || accounts.length > 1 || months.length > 1,
  ],
  [
    'allocation',
    ({ normalized, subject, keyword, order }) =>
      subject === 'activities' &&
      !order &&
      !keyword &&
      / (?:alokasi|anggaran) /.test(normalized) &&
      / (?:berapa|jumlah) /.test(normalized),
  ],
  [
    'statistics',
    ({ normalized, subject, days, months, status, only, keyword }) =>
      subject === 'activities' &&
      / (?:berapa|jumlah|statistik|rekap|ringkasan) /.test(normalized) &&
      !(days || months.length > 0 || status || only || keyword),
  ],
  [
    'count',
    ({ normalized, subject, keyword }) =>
      subject === 'activities' && !keyword && / (?:berapa|jumlah) /.test(normalized),
  ],
];

/** @returns the goal of a question, or null if its slots are sufficient */
export function findGoal(slots: Slots): Goal | null {
  return GOALS.find(([, fits]) => fits(slots))?.[0] ?? null;
}
