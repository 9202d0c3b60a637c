import { COUNTED, CURRENCY, PERCENT } from './lexicon.ts';
import { SCALES } from './parse-numbers.ts';
import type { Token } from './tokenizer.ts';

/** What the heading of a column says about the bare numbers in it. */
export interface Column {
  names: boolean;
  percent: boolean;
  currency: boolean;
  scale: number;
  noun: string | undefined;
}

const NAMING_HEADINGS =
  /^(?:no|nomor|#|id|akun|kode|kro|ro|tanggal|tgl|waktu|jam|pukul|ruang|lantai|tahun|bulan|minggu|nip|telepon|hp|peringkat|urutan|rank)$/;

/** The column of each token that stands in a row of a Markdown table, by token index. */
export function parseTableColumns(tokens: readonly Token[]): Map<number, Column> {
  const columns = new Map<number, Column>();
  if (!tokens.some(({ text }) => text === '|')) return columns;
  let heading: Column[] = [];
  let line: number[] = [];
  let above: number[] = [];
  for (let at = 0; at <= tokens.length; at++) {
    if (at < tokens.length && tokens[at]!.kind !== 'break') {
      line.push(at);
      continue;
    }
    if (!line.some((index) => tokens[index]!.text === '|')) heading = [];
    else if (isRule(tokens, line)) heading = cells(tokens, above).map((cell) => readHeading(tokens, cell));
    else
      for (const [nth, cell] of cells(tokens, line).entries())
        for (const index of cell) if (heading[nth]) columns.set(index, heading[nth]);
    [above, line] = [line, []];
  }
  return columns;
}

function isRule(tokens: readonly Token[], line: readonly number[]): boolean {
  return (
    line.every((index) => '|-:'.includes(tokens[index]!.text)) && line.some((index) => tokens[index]!.text === '-')
  );
}

function cells(tokens: readonly Token[], line: readonly number[]): number[][] {
  const found: number[][] = [[]];
  for (const [nth, index] of line.entries()) {
    if (tokens[index]!.text !== '|') found.at(-1)!.push(index);
    else if (nth > 0) found.push([]);
  }
  return found;
}

function readHeading(tokens: readonly Token[], cell: readonly number[]): Column {
  const heading = cell.map((index) => tokens[index]!.lower);
  const bracketed = heading.slice(heading.indexOf('(') + 1);
  const scale = heading.includes('(')
    ? bracketed.map((word) => SCALES.get(word)).find((found) => found !== undefined)
    : undefined;
  const currency = heading.some((word) => CURRENCY.has(word) || word === 'rupiah');
  const counts = /^(?:jumlah|total|banyak)$/.test(heading[0] ?? '');
  return {
    names: NAMING_HEADINGS.test(heading[0] ?? ''),
    percent: heading.some((word) => PERCENT.has(word)),
    currency,
    scale: scale ?? 1,
    noun: counts && !currency ? heading.find((word) => COUNTED.has(word)) : undefined,
  };
}
