import type { Word } from './words.ts';

/** The figures of a row, an account or a whole report. */
export type Measure =
  | 'pagu'
  | 'lock_pagu'
  | 'realisasi'
  | 'realisasi_periode_ini'
  | 'sisa'
  | 'serapan_persen'
  | 'outstanding'
  | 'komitmen'
  | 'sisa_setelah_komitmen';

/** The budget slots of a question. */
export interface BudgetSlots {
  measure: Measure | null;
  /** Accounts or their first digits. */
  accounts: string[];
  /** A dotted code, or a run of its segments. */
  code: string | null;
  /** `account`, a level of the code, or `kind` for the two-digit kinds of spending. */
  groupBy: string | null;
  reportType: 'Akrual' | 'SP2D' | null;
}

/** Kinds of spending by the words that name them. */
const KINDS: [RegExp, string][] = [
  [/ perjalanan dinas | perjadin /, '524'],
  [/ (?:belanja )?pegawai | gaji /, '51'],
  [/ (?:belanja|jenis|kalau|yang|dan|banding|atau) (?:barang|jasa) | barang (?:\S+ ){0,2}modal /, '52'],
  [/ modal /, '53'],
];
const LEVELS: Record<string, string> = {
  akun: 'account',
  program: 'program',
  kegiatan: 'activity',
  output: 'kro',
  kro: 'kro',
  ro: 'ro',
  komponen: 'component',
  subkomponen: 'subcomponent',
  jenis: 'kind',
  kelompok: 'kind',
};
const MEASURES: [RegExp, Measure][] = [
  [/ sisa (?:\S+ )*(?:setelah|sesudah|dikurangi|bersih) /, 'sisa_setelah_komitmen'],
  [/ setelah komitmen /, 'sisa_setelah_komitmen'],
  [/ outstanding /, 'outstanding'],
  [/ komitmen /, 'komitmen'],
  [/ blokir /, 'lock_pagu'],
  [/ bulan ini serapan /, 'realisasi_periode_ini'],
  [/ realisasi (?:(?!apa )\S+ ){1,3}saja /, 'realisasi_periode_ini'],
  [/ (?:serapan|persen (?:\S+ )?realisasi|realisasi (?:\S+ ){0,2}persen) /, 'serapan_persen'],
  [/ sisa /, 'sisa'],
  [/ realisasi (?:\S+ ){0,2}(?:bulan ini|periode ini) /, 'realisasi_periode_ini'],
  [/ realisasi /, 'realisasi'],
  [/ pagu /, 'pagu'],
  [/ berapa persen /, 'serapan_persen'],
];

/** Parses measure, accounts, code, grouping and report type. */
export function readBudgetSlots(words: readonly Word[], normalized: string, text: string): BudgetSlots {
  return {
    measure: MEASURES.find(([expression]) => expression.test(normalized))?.[1] ?? null,
    accounts: findAccounts(normalized, text),
    code: findCode(words, normalized),
    groupBy: findLevel(normalized),
    reportType: / sp2d /.test(normalized) ? 'SP2D' : / akrual /.test(normalized) ? 'Akrual' : null,
  };
}

/** Parses account numbers: digits that start with 5 and are no amount, percentage or count; two digits only next to «akun» or «belanja». */
function findAccounts(normalized: string, text: string): string[] {
  const digits = [...normalized.matchAll(/(?<= )(5[1-9]\d{0,4})(?= )/g)]
    .filter(({ 1: account = '', index }) => account.length > 2 || / (?:akun|belanja) /.test(normalized.slice(0, index)))
    .map(({ 1: account = '' }) => account)
    .filter((account) => !new RegExp(`${account}\\s*(?:%|persen|prosen|juta|jt|ribu|rb|miliar|m\\b)`, 'i').test(text));
  const kinds = KINDS.filter(([expression]) => expression.test(normalized)).map(([, account]) => account);
  return [...new Set(digits.length > 0 ? digits : kinds)];
}

/** Parses a code: a word with dots and a letter («WA.6336.EBA»), or any word after «kode». */
function findCode(words: readonly Word[], normalized: string): string | null {
  const dotted = words.find(({ written }) => /^(?!rp)(?=.*[a-z])[0-9a-z]{1,6}(?:\.[0-9a-z]{1,6})+$/i.test(written));
  const named = / kode ([0-9a-z]{2,6}(?:\.[0-9a-z]{1,6})*) /i.exec(normalized)?.[1];
  return dotted?.written ?? (named && /\d/.test(named) ? named.toUpperCase() : null);
}

function findLevel(normalized: string): string | null {
  const word =
    / tiap (akun|program|kegiatan|output|kro|ro|komponen|subkomponen|jenis|kelompok) /.exec(normalized)?.[1] ??
    / (program|output|kro|ro|komponen|subkomponen) (?:\S+ ){0,3}(?:terendah|tertinggi) /.exec(normalized)?.[1];
  return word === undefined ? null : (LEVELS[word] ?? null);
}
