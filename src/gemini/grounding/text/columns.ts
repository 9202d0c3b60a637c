import type { Layout, Range } from './layout.ts';
import { COUNTED, CURRENCY, PERCENT, SCALES } from './lexicon.ts';
import type { Token } from './tokenizer.ts';

/** The unit of bare numbers, from the heading of their column or from their label. */
export interface Column {
  isIdentifier: boolean;
  percent: boolean;
  currency: boolean;
  scale: number;
  noun: string | undefined;
}

const IDENTIFIER_HEADINGS =
  /^(?:no|nomor|#|id|akun|kode|kro|ro|tanggal|tgl|waktu|jam|pukul|ruang|lantai|tahun|bulan|minggu|nip|telepon|hp|peringkat|urutan|rank)$/;

/**
 * Returns the unit of each token that has a heading: a column of a monospace table («Pagu (juta)»), the label before it
 * («*Pagu (juta)*: 640»), or the heading of a list of labels and values («_Akun: Pagu (juta)_»).
 */
export function parseColumns(tokens: readonly Token[], { lines }: Layout): Map<number, Column> {
  const columns = new Map<number, Column>();
  let pair: Column | undefined;
  let block = -1;
  for (const line of lines) {
    for (const [at, heading] of line.headings ?? []) columns.set(at, parseHeading(tokens, heading));
    if (!line.label || line.isMonospace) continue;
    const value = { from: line.label.to + 1, to: line.to };
    if (line.block !== block) {
      block = line.block;
      pair = hasNumber(tokens, line) ? undefined : parseHeading(tokens, value);
    }
    const label = parseHeading(tokens, line.label);
    const own =
      !hasNumber(tokens, line.label) && (label.scale > 1 || label.percent || isUnit(label)) ? label : undefined;
    const column = own ?? pair;
    if (!column) continue;
    for (let at = value.from; at < value.to; at++) columns.set(at, column);
  }
  return columns;
}

function isUnit({ isIdentifier, noun }: Column): boolean {
  return isIdentifier || noun !== undefined;
}

function hasNumber(tokens: readonly Token[], { from, to }: Range): boolean {
  for (let at = from; at < to; at++) if (tokens[at]!.kind === 'number') return true;
  return false;
}

function parseHeading(tokens: readonly Token[], { from, to }: Range): Column {
  const heading = tokens.slice(from, to).map(({ lower }) => lower);
  const open = heading.indexOf('(');
  const scale =
    open < 0
      ? undefined
      : heading
          .slice(open)
          .map((word) => SCALES.get(word))
          .find((found) => found !== undefined);
  const currency = heading.some((word) => CURRENCY.has(word) || word === 'rupiah');
  const isCount = /^(?:jumlah|total|banyak)$/.test(heading[0] ?? '');
  return {
    isIdentifier: heading.length === 1 && IDENTIFIER_HEADINGS.test(heading[0]!),
    percent: heading.some((word) => PERCENT.has(word)),
    currency,
    scale: scale ?? 1,
    noun: isCount && !currency ? heading.find((word) => COUNTED.has(word)) : undefined,
  };
}
