import { markCode } from '../reports/code-index.ts';
import { AMOUNTS, type Sums, zeroSums } from '../reports/columns.ts';
import type { ParsedReport, TextIndex } from '../reports/parsed-report.ts';
import { type Commitment, type Commitments, zeroCommitment } from './commitments.ts';
import {
  type Amounts,
  amountsOf,
  type Bounds,
  type BudgetMatches,
  type BudgetRanking,
  boundsOf,
  rankedPage,
} from './ranking.ts';

/** A row of a report with its amounts. */
export interface BudgetRow extends Amounts {
  kode: string;
  account: string;
  account_name: string | null;
  uraian: string;
}

/** One byte per row of a report: 1 if the row is selected. */
export type RowMask = Uint8Array;

/** Selects the rows whose code begins with `code` or contains it as whole segments; ignores case. */
export function rowsOfCode(report: ParsedReport, code: string): RowMask {
  const mask = new Uint8Array(report.rows);
  markCode(report.codeIndex(), report.kode, code, mask);
  return mask;
}

/** Selects the rows with `keyword` in their uraian or in the name of their account; ignores case. */
export function rowsOfKeyword(report: ParsedReport, keyword: string): RowMask {
  const needle = keyword.replace(/\s+/g, ' ').trim().toLowerCase();
  const mask = new Uint8Array(report.rows);
  markTexts(report.uraianIndex(), needle, mask);
  markAccounts(
    report,
    report.accounts.map(({ name }) => name?.toLowerCase().includes(needle) === true),
    mask,
  );
  return mask;
}

/** Selects the rows of the accounts whose number begins with `account`. */
export function rowsOfAccount(report: ParsedReport, account: string): RowMask {
  const mask = new Uint8Array(report.rows);
  markAccounts(
    report,
    report.accounts.map((row) => row.account.startsWith(account)),
    mask,
  );
  return mask;
}

/** Intersects selections. @returns undefined (all rows) when there are no selections */
export function rowsInAll(selections: readonly RowMask[]): RowMask | undefined {
  const [first, ...others] = selections;
  return first && others.reduce((mask, other) => mask.map((mark, row) => mark & other[row]!), first);
}

/** Adds up the given rows, in rupiah; without `rows` the whole report. */
export function sumRows(report: ParsedReport, rows?: Uint32Array): Sums {
  if (!rows || rows.length === report.rows) return report.total;
  const sums = zeroSums();
  for (const name of AMOUNTS) sums[name] = sumColumn(report.amounts[name], rows);
  return sums;
}

function sumColumn(column: Float64Array, rows: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at++) sum += column[rows[at]!]!;
  return sum;
}

/** Returns the numbers of the selected rows within the bounds, in the report's order; all rows without a selection and bounds. */
export function markedRows(report: ParsedReport, mask: RowMask | undefined, bounds?: Bounds): Uint32Array {
  const { pagu, realisasi } = report.amounts;
  const rows = new Uint32Array(report.rows);
  let count = 0;
  for (let row = 0; row < report.rows; row++) {
    if (mask && mask[row] === 0) continue;
    if (bounds && !bounds(pagu[row]!, realisasi[row]!)) continue;
    rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** Returns a ranked page of the rows that match code, keyword and bounds. */
export function searchRows(
  report: ParsedReport,
  commitments: Commitments,
  filter: BudgetRanking & { code?: string; keyword?: string },
): BudgetMatches<BudgetRow> {
  const { pagu, realisasi } = report.amounts;
  const mask = rowsInAll([
    ...(filter.code === undefined ? [] : [rowsOfCode(report, filter.code)]),
    ...(filter.keyword === undefined ? [] : [rowsOfKeyword(report, filter.keyword)]),
  ]);
  const rows = markedRows(report, mask, boundsOf(filter));
  const { page, ranked } = rankedPage(rows, pagu, realisasi, filter);
  return {
    count: rows.length,
    totals: amountsOf(sumRows(report, rows), sumRowCommitments(report, commitments, rows)),
    ranked,
    page: page.map((row) => toBudgetRow(report, commitments, row)),
  };
}

function toBudgetRow(report: ParsedReport, commitments: Commitments, row: number): BudgetRow {
  const sums = zeroSums();
  for (const name of AMOUNTS) sums[name] = report.amounts[name][row]!;
  const kode = report.kode[row]!;
  const uraian = report.uraian[row]!;
  const { account, name } = report.accounts[report.accountOf[row]!]!;
  const commitment = commitments.byKode.get(kode)?.get(uraian) ?? zeroCommitment();
  return { kode, account, account_name: name, uraian, ...amountsOf(sums, commitment) };
}

/** Adds up the commitments of rows; counts the commitment of rows with the same kode and uraian once. */
function sumRowCommitments(report: ParsedReport, commitments: Commitments, rows: Uint32Array): Commitment {
  const total = zeroCommitment();
  const hasCommitment = report.accounts.map(({ account }) => commitments.byAccount.has(account));
  if (!hasCommitment.includes(true)) return total;
  const counted = new Set<Commitment>();
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (!hasCommitment[report.accountOf[row]!]) continue;
    const commitment = commitments.byKode.get(report.kode[row]!)?.get(report.uraian[row]!);
    if (!commitment || counted.has(commitment)) continue;
    counted.add(commitment);
    total.outstanding += commitment.outstanding;
    total.komitmen += commitment.komitmen;
  }
  return total;
}

function markAccounts(report: ParsedReport, selected: readonly boolean[], mask: RowMask): void {
  if (!selected.includes(true)) return;
  for (let row = 0; row < report.rows; row++) if (selected[report.accountOf[row]!]) mask[row] = 1;
}

/** Marks the rows that contain `needle`; after a hit, continues with the next row. */
function markTexts({ text, starts }: TextIndex, needle: string, mask: RowMask): void {
  let row = 0;
  for (let at = text.indexOf(needle); at >= 0 && row < starts.length; at = text.indexOf(needle, starts[row])) {
    while (row < starts.length && starts[row]! <= at) row++;
    mask[row - 1] = 1;
  }
}
