import { searchAccounts } from '../../supabase/budget/accounts.ts';
import type { Commitment, Commitments } from '../../supabase/budget/commitments.ts';
import { type Amounts, amountsOf, type BudgetMatches } from '../../supabase/budget/ranking.ts';
import { searchRows } from '../../supabase/budget/rows.ts';
import { toSen } from '../../supabase/rupiah.ts';
import { accountDigits, parseCodeFilter } from './invalid-arguments.ts';
import { withReport } from './report-notes.ts';
import type { Executed, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';
import type { TurnData } from './turn-data.ts';

const PAGE = 20;

/** `budget_summary`: all rows of one report, and what the user's activities bind of it now. */
export async function budgetSummary(
  reads: TurnData,
  args: ToolArguments['budget_summary'],
): Promise<Executed<ToolResults['budget_summary']>> {
  return withReport(reads, args, (report, commitments) => ({
    result: { ...amountsOf(report.total, commitments.total), rows: report.rows },
    evidence: {},
  }));
}

/** `search_budget`: rows of one report. */
export async function searchBudget(
  reads: TurnData,
  args: ToolArguments['search_budget'],
): Promise<Executed<ToolResults['search_budget']>> {
  const code = args.code === undefined ? undefined : parseCodeFilter(args.code);
  return withReport(reads, args, (report, commitments) => {
    const { report_month: _month, report_type: _type, code: _code, ...filter } = args;
    const matches = searchRows(report, commitments, {
      ...filter,
      ...(code === undefined ? {} : { code }),
      limit: args.limit ?? PAGE,
      offset: args.offset ?? 0,
    });
    const codes = matches.page.map((row) => row.kode);
    const outside = matches.count === report.rows ? outsideReport(commitments, matches.totals) : {};
    const result = { ...pageOf(matches, args), ...outside, rows: matches.page };
    return { result, evidence: { codes, listed: { kind: 'budget_rows', ids: codes } } };
  });
}

/** `budget_by_account`: the rows of one report added up by account. */
export async function budgetByAccount(
  reads: TurnData,
  args: ToolArguments['budget_by_account'],
): Promise<Executed<ToolResults['budget_by_account']>> {
  const account = args.account === undefined ? undefined : accountDigits(args.account);
  return withReport(reads, args, (report, commitments) => {
    const { report_month: _month, report_type: _type, account: _account, ...filter } = args;
    const matches = searchAccounts(report, commitments, {
      ...filter,
      ...(account === undefined ? {} : { account }),
      limit: args.limit ?? PAGE,
      offset: args.offset ?? 0,
    });
    const accounts = matches.page.map((row) => row.account);
    const narrowed = [account, args.min_sisa, args.max_sisa, args.min_serapan, args.max_serapan];
    const outside = narrowed.some((value) => value !== undefined) ? {} : outsideReport(commitments, matches.totals);
    const result = { ...pageOf(matches, args), ...outside, accounts: matches.page };
    return { result, evidence: { codes: accounts, listed: { kind: 'accounts', ids: accounts } } };
  });
}

function pageOf<Row>(
  matches: BudgetMatches<Row>,
  args: { offset?: number },
): { count: number; shown: number; offset?: number; more: boolean; totals: Amounts; without_pagu?: number } {
  const leftOut = matches.count - matches.ranked;
  return {
    count: matches.count,
    shown: matches.page.length,
    ...(args.offset ? { offset: args.offset } : {}),
    more: (args.offset ?? 0) + matches.page.length < matches.ranked,
    totals: matches.totals,
    ...(leftOut > 0 ? { without_pagu: leftOut } : {}),
  };
}

/** What is bound on codes that the report does not have, so that totals and budget_summary can be told apart. */
function outsideReport({ total }: Commitments, totals: Amounts): { outside_report?: Commitment } {
  const outstanding = toSen(total.outstanding - totals.outstanding);
  const komitmen = toSen(total.komitmen - totals.komitmen);
  return outstanding === 0 && komitmen === 0 ? {} : { outside_report: { outstanding, komitmen } };
}
