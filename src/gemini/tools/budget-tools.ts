import { searchAccounts } from '../../supabase/budget/accounts.ts';
import { type Amounts, computeAmounts, sumAmounts } from '../../supabase/budget/amounts.ts';
import type { Commitment, Commitments } from '../../supabase/budget/commitments.ts';
import { searchGroups } from '../../supabase/budget/groups.ts';
import type { BudgetMatches } from '../../supabase/budget/ranking.ts';
import { searchRows } from '../../supabase/budget/rows.ts';
import { toSen } from '../../supabase/rupiah.ts';
import { InvalidToolArguments, parseAccountDigits, parseCodeFilter } from './arguments.ts';
import { withReport } from './report-notes.ts';
import type { Executed, NoReport, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';
import type { TurnData } from './turn-data.ts';

const DEFAULT_LIMIT = 20;

/** `budget_summary`: totals of one report, with the user's current outstanding and committed amounts. */
export async function budgetSummary(
  data: TurnData,
  args: ToolArguments['budget_summary'],
): Promise<Executed<ToolResults['budget_summary']>> {
  return withReport(data, args, (report, commitments) => ({
    result: { ...computeAmounts(sumAmounts(report.rows), commitments.total), rows: report.rows.length },
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

/** `budget_by_account`: sums the rows of one report by account, or by a level of their codes. */
export async function budgetByAccount(
  data: TurnData,
  args: ToolArguments['budget_by_account'],
): Promise<Executed<ToolResults['budget_by_account']>> {
  const account = args.account === undefined ? undefined : parseAccountDigits(args.account);
  const level = args.group_by === 'account' ? undefined : args.group_by;
  if (level && args.digits !== undefined) throw new InvalidToolArguments('digits hanya untuk group_by account.');
  const { report_month: _month, report_type: _type, account: _account, ...others } = args;
  const page = { limit: args.limit ?? DEFAULT_LIMIT, offset: args.offset ?? 0 };
  const filter = { ...others, ...(account === undefined ? {} : { account }), ...page };
  const bounds = [account, args.min_sisa, args.max_sisa, args.min_serapan, args.max_serapan];
  const isFiltered = bounds.some((value) => value !== undefined);
  return withReport<ByAccountResult>(data, args, (report, commitments) => {
    const matches = level
      ? searchGroups(report, commitments, { ...filter, level })
      : searchAccounts(report, commitments, filter);
    const outside = isFiltered ? {} : outsideReport(commitments, matches.totals);
    const accounts = matches.page.filter((row) => 'account' in row);
    const groups = matches.page.filter((row) => 'code' in row);
    const ids = level ? groups.map(({ code }) => code) : accounts.map((row) => row.account);
    return {
      result: { ...toPage(matches, args), ...outside, ...(level ? { groups } : { accounts }) },
      evidence: { codes: ids, listed: { kind: level ? 'groups' : 'accounts', ids } },
    };
  });
}

type ByAccountResult = Omit<Exclude<ToolResults['budget_by_account'], NoReport>, 'report'>;

function toPage(
  matches: BudgetMatches<unknown>,
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
