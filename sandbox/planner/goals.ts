import type { Goal, Query } from './slots.ts';

type Slots = Omit<Query, 'goal'>;

/** Patterns of each goal; the first match applies. */
const GOALS: [Goal, (slots: Slots) => boolean][] = [
  ['next-page', ({ said }) => / lanjut /.test(said) && said.trim().split(' ').length <= 4],
  ['pick', ({ ordinal }) => ordinal !== null],
  [
    'define',
    ({ said, subject }) => subject !== 'activities' && / (?:apa itu|itu apa|arti|artinya|maksud|maksudnya) /.test(said),
  ],
  ['provenance', ({ said }) => / (?:angka|data) (?:\S+ )*(?:dari mana|sumber) | sumber (?:data|angka) /.test(said)],
  [
    'report-date',
    ({ said, keyword }) =>
      !keyword &&
      / (?:data|laporan|update|posisi|anggaran) /.test(said) &&
      / (?:kapan|tanggal|terakhir diperbarui) /.test(said),
  ],
  [
    'person-in-charge',
    ({ said, keyword, person }) => / pic /.test(said) && (/ siapa /.test(said) || (keyword ?? person) !== null),
  ],
  [
    'needed-per-month',
    ({ said, percent }) =>
      percent !== null &&
      / (?:tiap bulan|sebulan|kurang berapa|berapa lagi) /.test(said) &&
      / (?:perlu|harus|capai|target|agar|supaya) /.test(said),
  ],
  [
    'projection',
    ({ said, percent, subject, months }) =>
      subject !== 'activities' &&
      (/ (?:proyeksi|capai) /.test(said) ||
        / akhir tahun /.test(said) ||
        (percent !== null && months.some((month) => month.endsWith('-12')))),
  ],
  ['sufficiency', ({ said, subject }) => subject !== 'activities' && / cukup /.test(said)],
  [
    'share',
    ({ said, accounts }) =>
      accounts.length === 1 && / persen (?:\S+ )*dari (?:jumlah|anggaran|keseluruhan|seluruh|semua|pagu) /.test(said),
  ],
  ['trend', ({ said, subject }) => subject !== 'activities' && / (?:naik|turun|tren|tiap bulan) /.test(said)],
  ['sum', ({ said, accounts }) => accounts.length > 1 && / jumlah /.test(said)],
  [
    'compare',
    ({ said, accounts, months }) => / (?:banding|selisih) /.test(said) || accounts.length > 1 || months.length > 1,
  ],
  [
    'allocation',
    ({ said, subject, keyword, order }) =>
      subject === 'activities' &&
      !order &&
      !keyword &&
      / (?:alokasi|anggaran) /.test(said) &&
      / (?:berapa|jumlah) /.test(said),
  ],
  [
    'statistics',
    ({ said, subject, days, months, status, only, keyword }) =>
      subject === 'activities' &&
      / (?:berapa|jumlah|statistik|rekap|ringkasan) /.test(said) &&
      !(days || months.length > 0 || status || only || keyword),
  ],
  ['count', ({ said, subject, keyword }) => subject === 'activities' && !keyword && / (?:berapa|jumlah) /.test(said)],
];

/** @returns the goal of a question, or null if its slots are sufficient */
export function findGoal(slots: Slots): Goal | null {
  return GOALS.find(([, fits]) => fits(slots))?.[0] ?? null;
}
