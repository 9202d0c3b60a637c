import { searchAccounts } from '../../supabase/budget/accounts.ts';
import { type Amounts, amountsOf, sumAmounts } from '../../supabase/budget/amounts.ts';
import type { Commitment, Commitments } from '../../supabase/budget/commitments.ts';
import type { BudgetMatches } from '../../supabase/budget/ranking.ts';
import { searchRows } from '../../supabase/budget/rows.ts';
import { toSen } from '../../supabase/rupiah.ts';
import { parseAccountDigits, parseCodeFilter } from './arguments.ts';
import { withReport } from './report-notes.ts';
import type { Executed, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';
import type { TurnData } from './turn-data.ts';

const DEFAULT_LIMIT = 20;

/** `budget_summary`: totals of one report, with the user's current outstanding and committed amounts. */
export async function budgetSummary(
  data: TurnData,
  args: ToolArguments['budget_summary'],
): Promise<Executed<ToolResults['budget_summary']>> {
  return withReport(data, args, (report, commitments) => ({
    result: { ...amountsOf(sumAmounts(report.rows), commitments.total), rows: report.rows.length },
    evidence: {},
  }));
}

/** `search_budget`: filters and pages the rows of one report. */
export async function searchBudget(
  data: TurnData,
  args: ToolArguments['search_budget'],
): Promise<Executed<ToolResults['search_budget']>> {
  const code = args.code === undefined ? undefined : parseCodeFilter(args.code);
  return withReport(data, args, (report, commitments) => {
    const { report_month: _month, report_type: _type, code: _code, ...filter } = args;
    const matches = searchRows(report, commitments, {
      ...filter,
      ...(code === undefined ? {} : { code }),
      limit: args.limit ?? DEFAULT_LIMIT,
      offset: args.offset ?? 0,
    });
    const codes = matches.page.map((row) => row.kode);
    const outside = matches.count === report.rows.length ? outsideReport(commitments, matches.totals) : {};
    const result = { ...toPage(matches, args), ...outside, rows: matches.page };
    return { result, evidence: { codes, listed: { kind: 'budget_rows', ids: codes } } };
  });
}

/** `budget_by_account`: sums the rows of one report by account. */
export async function budgetByAccount(
  data: TurnData,
  args: ToolArguments['budget_by_account'],
): Promise<Executed<ToolResults['budget_by_account']>> {
  const account = args.account === undefined ? undefined : parseAccountDigits(args.account);
  return withReport(data, args, (report, commitments) => {
    const { report_month: _month, report_type: _type, account: _account, ...filter } = args;
    const matches = searchAccounts(report, commitments, {
      ...filter,
      ...(account === undefined ? {} : { account }),
      limit: args.limit ?? DEFAULT_LIMIT,
      offset: args.offset ?? 0,
    });
    const accounts = matches.page.map((row) => row.account);
    const filters = [account, args.min_sisa, args.max_sisa, args.min_serapan, args.max_serapan];
    const outside = filters.some((value) => value !== undefined) ? {} : outsideReport(commitments, matches.totals);
    const result = { ...toPage(matches, args), ...outside, accounts: matches.page };
    return { result, evidence: { codes: accounts, listed: { kind: 'accounts', ids: accounts } } };
  });
}

function toPage<Row>(
  matches: BudgetMatches<Row>,
  args: { offset?: number },
): { count: number; shown: number; offset?: number; more: boolean; totals: Amounts; without_pagu?: number } {
  const withoutPagu = matches.count - matches.ranked;
  return {
    count: matches.count,
    shown: matches.page.length,
    ...(args.offset ? { offset: args.offset } : {}),
    more: (args.offset ?? 0) + matches.page.length < matches.ranked,
    totals: matches.totals,
    ...(withoutPagu > 0 ? { without_pagu: withoutPagu } : {}),
  };
}

/** Returns the commitments on codes outside the report: they explain the difference between these totals and budget_summary. */
function outsideReport({ total }: Commitments, totals: Amounts): { outside_report?: Commitment } {
  const outstanding = toSen(total.outstanding - totals.outstanding);
  const komitmen = toSen(total.komitmen - totals.komitmen);
  return outstanding === 0 && komitmen === 0 ? {} : { outside_report: { outstanding, komitmen } };
}
