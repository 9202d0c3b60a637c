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

/** A row of the report with its amounts. */
export interface BudgetRow extends Amounts {
  kode: string;
  account: string;
  account_name: string | null;
  uraian: string;
}

/** Rows of a report, one byte each: 1 where the row is meant. */
export type RowMarks = Uint8Array;

/** The rows whose code begins with `code` or holds it as a run of whole segments; capitals make no difference. */
export function rowsOfCode(report: ParsedReport, code: string): RowMarks {
  const marks = new Uint8Array(report.rows);
  markCode(report.codeIndex(), report.kode, code, marks);
  return marks;
}

/** The rows with `keyword` in their uraian or in the name of their account; capitals make no difference. */
export function rowsOfKeyword(report: ParsedReport, keyword: string): RowMarks {
  const needle = keyword.replace(/\s+/g, ' ').trim().toLowerCase();
  const marks = new Uint8Array(report.rows);
  markTexts(report.uraianIndex(), needle, marks);
  markAccounts(
    report,
    report.accounts.map(({ name }) => name?.toLowerCase().includes(needle) === true),
    marks,
  );
  return marks;
}

/** The rows of the accounts whose number begins with `account`. */
export function rowsOfAccount(report: ParsedReport, account: string): RowMarks {
  const marks = new Uint8Array(report.rows);
  markAccounts(
    report,
    report.accounts.map((row) => row.account.startsWith(account)),
    marks,
  );
  return marks;
}

/** The rows that all of `selections` mean; undefined (all rows) where there are none. */
export function rowsInAll(selections: readonly RowMarks[]): RowMarks | undefined {
  const [first, ...others] = selections;
  return first && others.reduce((marks, other) => marks.map((mark, row) => mark & other[row]!), first);
}

/** Adds up the rows given (all rows without any), in rupiah. */
export function sumRows(report: ParsedReport, rows?: Uint32Array): Sums {
  if (!rows || rows.length === report.rows) return report.total;
  const sums = zeroSums();
  for (const name of AMOUNTS) sums[name] = sumOf(report.amounts[name], rows);
  return sums;
}

function sumOf(column: Float64Array, rows: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at++) sum += column[rows[at]!]!;
  return sum;
}

/** Row numbers of the marked rows that are in bounds, in the report's order; all without marks and bounds. */
export function markedRows(report: ParsedReport, marks: RowMarks | undefined, bounds?: Bounds): Uint32Array {
  const { pagu, realisasi } = report.amounts;
  const rows = new Uint32Array(report.rows);
  let count = 0;
  for (let row = 0; row < report.rows; row++) {
    if (marks && marks[row] === 0) continue;
    if (bounds && !bounds(pagu[row]!, realisasi[row]!)) continue;
    rows[count++] = row;
  }
  return rows.subarray(0, count);
}

/** Rows of the report by code, keyword and amounts, ranked, a page of them in full. */
export function searchRows(
  report: ParsedReport,
  commitments: Commitments,
  filter: BudgetRanking & { code?: string; keyword?: string },
): BudgetMatches<BudgetRow> {
  const { pagu, realisasi } = report.amounts;
  const marks = rowsInAll([
    ...(filter.code === undefined ? [] : [rowsOfCode(report, filter.code)]),
    ...(filter.keyword === undefined ? [] : [rowsOfKeyword(report, filter.keyword)]),
  ]);
  const rows = markedRows(report, marks, boundsOf(filter));
  const { page, ranked } = rankedPage(rows, pagu, realisasi, filter);
  return {
    count: rows.length,
    totals: amountsOf(sumRows(report, rows), commitmentOfRows(report, commitments, rows)),
    ranked,
    page: page.map((row) => budgetRow(report, commitments, row)),
  };
}

function budgetRow(report: ParsedReport, commitments: Commitments, row: number): BudgetRow {
  const sums = zeroSums();
  for (const name of AMOUNTS) sums[name] = report.amounts[name][row]!;
  const kode = report.kode[row]!;
  const uraian = report.uraian[row]!;
  const { account, name } = report.accounts[report.accountOf[row]!]!;
  const commitment = commitments.byKode.get(kode)?.get(uraian) ?? zeroCommitment();
  return { kode, account, account_name: name, uraian, ...amountsOf(sums, commitment) };
}

/** What is allocated to the rows; an allocation that fits two rows with one kode and uraian counts once. */
function commitmentOfRows(report: ParsedReport, commitments: Commitments, rows: Uint32Array): Commitment {
  const total = zeroCommitment();
  const bound = report.accounts.map(({ account }) => commitments.byAccount.has(account));
  if (!bound.includes(true)) return total;
  const counted = new Set<Commitment>();
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (!bound[report.accountOf[row]!]) continue;
    const commitment = commitments.byKode.get(report.kode[row]!)?.get(report.uraian[row]!);
    if (!commitment || counted.has(commitment)) continue;
    counted.add(commitment);
    total.outstanding += commitment.outstanding;
    total.komitmen += commitment.komitmen;
  }
  return total;
}

function markAccounts(report: ParsedReport, meant: readonly boolean[], marks: RowMarks): void {
  if (!meant.includes(true)) return;
  for (let row = 0; row < report.rows; row++) if (meant[report.accountOf[row]!]) marks[row] = 1;
}

/** Marks the rows in which `needle` occurs; after a hit the search goes on with the next row. */
function markTexts({ text, starts }: TextIndex, needle: string, marks: RowMarks): void {
  let row = 0;
  for (let at = text.indexOf(needle); at >= 0 && row < starts.length; at = text.indexOf(needle, starts[row])) {
    while (row < starts.length && starts[row]! <= at) row++;
    marks[row - 1] = 1;
  }
}
