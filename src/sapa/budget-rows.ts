import {
  type Amounts,
  amountsOf,
  type BudgetMatches,
  type BudgetRanking,
  boundsOf,
  rankedPage,
  rankingOf,
} from './budget.ts';
import { type Commitment, type Commitments, noCommitment } from './commitments.ts';
import { AMOUNTS, noSums, type ParsedReport, type Sums, type TextIndex } from './parsed-report.ts';

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
  const index = report.codeIndex();
  const needle = code.replace(/\s+/g, '').toLowerCase();
  const marks = new Uint8Array(report.rows);
  markRows(index, `\n.${needle}`, marks);
  markRows(index, `.${needle}.`, marks);
  return marks;
}

/** The rows with `keyword` in their uraian or in the name of their account; capitals make no difference. */
export function rowsOfKeyword(report: ParsedReport, keyword: string): RowMarks {
  const needle = keyword.replace(/\s+/g, ' ').trim().toLowerCase();
  const marks = new Uint8Array(report.rows);
  markRows(report.uraianIndex(), needle, marks);
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

/** Adds up the marked rows (all rows without marks), in rupiah. */
export function sumRows(report: ParsedReport, marks?: RowMarks): Sums {
  if (!marks) return report.total;
  const sums = noSums();
  for (const name of AMOUNTS) {
    const column = report.amounts[name];
    let sum = 0;
    for (let row = 0; row < marks.length; row++) if (marks[row]) sum += column[row]!;
    sums[name] = sum;
  }
  return sums;
}

/** Rows of the report by code, keyword and amounts, ranked, a page of them in full. */
export function searchRows(
  report: ParsedReport,
  commitments: Commitments,
  filter: BudgetRanking & { code?: string; keyword?: string },
): BudgetMatches<BudgetRow> {
  const { pagu, realisasi } = report.amounts;
  const selected = rowsInAll([
    ...(filter.code === undefined ? [] : [rowsOfCode(report, filter.code)]),
    ...(filter.keyword === undefined ? [] : [rowsOfKeyword(report, filter.keyword)]),
  ]);
  const isInBounds = boundsOf(filter);
  const matches: number[] = [];
  const marks = new Uint8Array(report.rows);
  let without_pagu = 0;
  for (let row = 0; row < report.rows; row++) {
    if (selected && !selected[row]) continue;
    if (isInBounds && !isInBounds(pagu[row]!, realisasi[row]!)) continue;
    marks[row] = 1;
    matches.push(row);
    if (pagu[row] === 0) without_pagu++;
  }
  const { keyOf, descending } = rankingOf(
    filter,
    (position) => pagu[matches[position]!]!,
    (position) => realisasi[matches[position]!]!,
  );
  const page = rankedPage(matches.length, keyOf, { descending, limit: filter.limit, offset: filter.offset });
  const sums = matches.length === report.rows ? report.total : sumRows(report, marks);
  return {
    count: matches.length,
    totals: amountsOf(sums, commitmentOfRows(report, commitments, matches)),
    without_pagu,
    page: page.map((position) => budgetRow(report, commitments, matches[position]!)),
  };
}

function budgetRow(report: ParsedReport, commitments: Commitments, row: number): BudgetRow {
  const sums = noSums();
  for (const name of AMOUNTS) sums[name] = report.amounts[name][row]!;
  const kode = report.kode[row]!;
  const uraian = report.uraian[row]!;
  const { account, name } = report.accounts[report.accountOf[row]!]!;
  const commitment = commitments.byKode.get(kode)?.get(uraian) ?? noCommitment();
  return { kode, account, account_name: name, uraian, ...amountsOf(sums, commitment) };
}

/** What is allocated to the rows; an allocation that fits two rows with one kode and uraian counts once. */
function commitmentOfRows(report: ParsedReport, commitments: Commitments, rows: readonly number[]): Commitment {
  const total = noCommitment();
  const bound = report.accounts.map(({ account }) => commitments.byAccount.has(account));
  if (!bound.includes(true)) return total;
  const counted = new Set<Commitment>();
  for (const row of rows) {
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
function markRows({ text, starts }: TextIndex, needle: string, marks: RowMarks): void {
  let row = 0;
  if (starts.length === 0) return;
  for (let at = text.indexOf(needle); at >= 0; ) {
    // The line feed before a row belongs to it: a needle may begin with one.
    while (row + 1 < starts.length && starts[row + 1]! - 1 <= at) row++;
    marks[row] = 1;
    if (row + 1 === starts.length) return;
    at = text.indexOf(needle, starts[row + 1]! - 1);
  }
}
