import { OBJECT_KINDS } from './data/labels.ts';
import type { Cell, Row } from './data/records.ts';

/** Words for the fields of the data. */
const FIELD_WORDS: Record<string, string> = {
  serapan: 'serapan',
  sisa_setelah_komitmen: 'sisa setelah komitmen',
  realisasi_periode_ini: 'realisasi periode ini',
  realisasi_periode_lalu: 'realisasi periode lalu',
  blokir: 'blokir',
  count: 'jumlah',
  total: 'jumlah',
  length: 'jumlah',
  shown: 'jumlah yang ditampilkan',
  result: 'hasil hitungan',
  text: 'angka dalam teks',
};
/** Kinds of labels that describe a row, the most telling first. */
const TELLING = ['account', 'name', 'code', 'status', 'period', 'flag', 'month', 'type'];
/** Maximum length of the description of a row, characters. */
const MAX_ROW_LENGTH = 80;

/** Describes the field of a number: `sisa`, `perubahan realisasi`. */
export function describeField({ field, isChange }: Cell): string {
  const words = FIELD_WORDS[field] ?? field.replaceAll('_', ' ');
  return isChange ? `perubahan ${words}` : words;
}

/** Describes a row by its object and its month or status: «524111 Belanja Perjalanan Dinas». @returns '' for a whole result */
export function describeRow({ labels, isTotal }: Row): string {
  if (isTotal) return '';
  const kinds = TELLING.filter((kind) => labels.has(kind));
  const hasObject = kinds.some((kind) => OBJECT_KINDS.has(kind));
  const shown = kinds.filter((kind) =>
    hasObject ? kind === 'account' || kind === 'name' || (kind === 'code' && kinds[0] === 'code') : true,
  );
  const text = shown.map((kind) => [...labels.get(kind)!].at(-1)!.text).join(' ');
  return text.length > MAX_ROW_LENGTH ? `${text.slice(0, MAX_ROW_LENGTH - 1)}…` : text;
}

/** Explains why a figure is doubted, in Indonesian; `other` has its value under another name. */
export function explainDoubt(other: Cell | undefined): string {
  if (!other) return 'tidak ada dalam data';
  const row = describeRow(other.row);
  return `dalam data nilai ini adalah ${describeField(other)}${row === '' ? ' keseluruhan' : ` ${row}`}`;
}
