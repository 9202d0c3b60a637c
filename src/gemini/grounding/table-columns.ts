import { COUNTED, CURRENCY, PERCENT, SCALES } from './lexicon.ts';
import type { Token } from './tokenizer.ts';

/** The unit of the bare numbers in a column, from its heading. */
export interface Column {
  isIdentifier: boolean;
  percent: boolean;
  currency: boolean;
  scale: number;
  noun: string | undefined;
}

const IDENTIFIER_HEADINGS =
  /^(?:no|nomor|#|id|akun|kode|kro|ro|tanggal|tgl|waktu|jam|pukul|ruang|lantai|tahun|bulan|minggu|nip|telepon|hp|peringkat|urutan|rank)$/;

/** Returns the column of each token in a Markdown table, by token index. */
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
    else if (isDelimiterRow(tokens, line))
      heading = splitCells(tokens, above).map((cell) => parseHeading(tokens, cell));
    else
      for (const [nth, cell] of splitCells(tokens, line).entries())
        for (const index of cell) if (heading[nth]) columns.set(index, heading[nth]);
    [above, line] = [line, []];
  }
  return columns;
}

/** «|---|---:|» */
function isDelimiterRow(tokens: readonly Token[], line: readonly number[]): boolean {
  return (
    line.every((index) => '|-:'.includes(tokens[index]!.text)) && line.some((index) => tokens[index]!.text === '-')
  );
}

/** Returns the token indices of each cell. */
function splitCells(tokens: readonly Token[], line: readonly number[]): number[][] {
  const cells: number[][] = [[]];
  for (const [nth, index] of line.entries()) {
    if (tokens[index]!.text !== '|') cells.at(-1)!.push(index);
    else if (nth > 0) cells.push([]);
  }
  return cells;
}

function parseHeading(tokens: readonly Token[], cell: readonly number[]): Column {
  const heading = cell.map((index) => tokens[index]!.lower);
  const bracketed = heading.slice(heading.indexOf('(') + 1);
  const scale = heading.includes('(')
    ? bracketed.map((word) => SCALES.get(word)).find((found) => found !== undefined)
    : undefined;
  const currency = heading.some((word) => CURRENCY.has(word) || word === 'rupiah');
  const isCount = /^(?:jumlah|total|banyak)$/.test(heading[0] ?? '');
  return {
    isIdentifier: IDENTIFIER_HEADINGS.test(heading[0] ?? ''),
    percent: heading.some((word) => PERCENT.has(word)),
    currency,
    scale: scale ?? 1,
    noun: isCount && !currency ? heading.find((word) => COUNTED.has(word)) : undefined,
  };
}
