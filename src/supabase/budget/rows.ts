import { normalizeForSearch } from '../activities/search.ts';
import type { Report, ReportRow } from '../reports/report.ts';
import { type Amounts, computeAmounts, sumAmounts } from './amounts.ts';
import { addCommitments, type Commitment, type Commitments, zeroCommitment } from './commitments.ts';
import { type BudgetMatches, type BudgetRanking, isWithinBounds, rankPage } from './ranking.ts';

/** A row of a report with its amounts. */
export interface BudgetRow extends Amounts {
  kode: string;
  account: string;
  account_name: string | null;
  uraian: string;
}

/** Conditions on rows; a row must meet all that are given. Ignores case. */
export interface RowFilter {
  /** The beginning of a code, or a run of whole segments of it. */
  code?: string | undefined;
  /** The first digits of an account. */
  account?: string | undefined;
  /** In uraian or in the name of the account. */
  keyword?: string | undefined;
}

/** Returns the rows that meet the filter, in the report's order. */
export function filterRows({ rows, names }: Report, filter: RowFilter): ReportRow[] {
  const { account } = filter;
  const code = filter.code?.toLowerCase();
  const keyword = filter.keyword === undefined ? undefined : normalizeForSearch(filter.keyword);
  return rows.filter(
    (row) =>
      (account === undefined || row.account.startsWith(account)) &&
      (code === undefined || matchesCode(row.kode.toLowerCase(), code)) &&
      (keyword === undefined ||
        normalizeForSearch(row.uraian).includes(keyword) ||
        normalizeForSearch(names.get(row.account) ?? '').includes(keyword)),
  );
}

function matchesCode(kode: string, code: string): boolean {
  return kode.startsWith(code) || `.${kode}.`.includes(`.${code}.`);
}

/** Returns a ranked page of the rows that meet the filter and the bounds. */
export function searchRows(
  report: Report,
  commitments: Commitments,
  filter: BudgetRanking & RowFilter,
): BudgetMatches<BudgetRow> {
  const matches = filterRows(report, filter).filter((row) => isWithinBounds(row, filter));
  const { page, ranked } = rankPage(matches, filter);
  return {
    count: matches.length,
    totals: computeAmounts(sumAmounts(matches), sumRowCommitments(matches, commitments)),
    ranked,
    page: page.map((row) => ({
      kode: row.kode,
      account: row.account,
      account_name: report.names.get(row.account) ?? null,
      uraian: row.uraian,
      ...computeAmounts(row, findCommitment(row, commitments) ?? zeroCommitment()),
    })),
  };
}

/** Adds up the commitments of rows; counts the commitment of rows with the same kode and uraian once. */
function sumRowCommitments(rows: readonly ReportRow[], commitments: Commitments): Commitment {
  const found = new Set(rows.map((row) => findCommitment(row, commitments)));
  return addCommitments([...found].filter((commitment) => commitment !== undefined));
}

function findCommitment({ kode, uraian }: ReportRow, { byKode }: Commitments): Commitment | undefined {
  return byKode.get(kode)?.get(uraian);
}
