import type { Activity } from '../../supabase/activities/activities.ts';
import { isOverdue } from '../../supabase/activities/search.ts';
import type { AccountRow } from '../../supabase/budget/accounts.ts';
import type { Amounts } from '../../supabase/budget/amounts.ts';
import type { GroupRow } from '../../supabase/budget/groups.ts';
import type { BudgetRow } from '../../supabase/budget/rows.ts';
import type { TrendMonth } from '../../supabase/budget/trend.ts';
import { type Day, monthOf } from '../../supabase/calendar.ts';
import type { ReportRef } from '../../supabase/reports/reports.ts';
import { listNotes, selectActivities, toActivitySelection } from './activity-tools.ts';
import { checkArguments, InvalidToolArguments } from './arguments.ts';
import { budgetByAccount, searchBudget } from './budget-tools.ts';
import { budgetTrend } from './budget-trend.ts';
import type { Executed, NoReport, ToolEvidence } from './results.ts';
import type { ToolArguments, ToolName } from './schemas.ts';
import type { TurnData } from './turn-data.ts';

/** An activity with its full texts. */
export interface ListedActivity extends Activity {
  terlambat: boolean;
}

/** The rows of a list by kind. Amounts in rupiah, percentages with up to four decimals. */
export type ListRows =
  | { kind: 'activities'; rows: ListedActivity[] }
  | { kind: 'budget_rows'; rows: BudgetRow[] }
  | { kind: 'accounts'; rows: AccountRow[] }
  | { kind: 'groups'; rows: GroupRow[] }
  | { kind: 'months'; rows: TrendMonth[] };

/** All rows that a list matches, without its page. */
export type WholeList = ListRows & {
  /** Arguments of the list without its page. */
  conditions: Record<string, unknown>;
  /** Number of matches; more than `rows` if these were limited. */
  count: number;
  /** Null for activities, and if the report was deleted. */
  report: ReportRef | null;
  /** Indonesian sentences about what the rows leave out. */
  notes: string[];
};

/**
 * Repeats the call behind a list for the user of `data`, with up to `maxRows` rows instead of a page, from a report of the
 * same month and type.
 * @returns null when the call lists no rows
 * @throws SapaUnavailableError, SapaTooLargeError
 */
export async function readWholeList(
  { tool, args, report }: Pick<ToolEvidence, 'tool' | 'args' | 'report'>,
  data: TurnData,
  { maxRows, today }: { maxRows: number; today: Day },
): Promise<WholeList | null> {
  const { limit: _limit, offset: _offset, ...conditions } = args as Record<string, unknown>;
  const page = { ...selectorOf(report), limit: maxRows };
  switch (tool) {
    case 'search_activities': {
      const given = parse(tool, conditions);
      const list = await data.activities(toActivitySelection(given, today));
      const matches = selectActivities(list, given, today);
      const rows = matches.slice(0, maxRows).map((each) => ({ ...each, terlambat: isOverdue(each, today) }));
      return { kind: 'activities', rows, count: matches.length, report: null, notes: listNotes(list), conditions };
    }
    case 'search_budget': {
      const given = { ...parse(tool, conditions), ...page };
      const list = await readRanked(
        given,
        (each) => searchBudget(data, each),
        ({ rows }) => rows,
      );
      return { kind: 'budget_rows', ...list, conditions };
    }
    case 'budget_by_account': {
      const given = { ...parse(tool, conditions), ...page };
      const search = (each: typeof given) => budgetByAccount(data, each);
      if (given.group_by && given.group_by !== 'account') {
        return { kind: 'groups', ...(await readRanked(given, search, ({ groups = [] }) => groups)), conditions };
      }
      return { kind: 'accounts', ...(await readRanked(given, search, ({ accounts = [] }) => accounts)), conditions };
    }
    case 'budget_trend': {
      const { result } = await budgetTrend(data, { ...selectorOf(report), ...parse(tool, conditions) });
      const rows = result.report === null ? [] : result.months;
      const { notes = [] } = result;
      return { kind: 'months', rows, count: rows.length, report: result.report, notes, conditions };
    }
    default:
      return null;
  }
}

/** Validates the arguments of an earlier call. @throws InvalidToolArguments if another version of the tools accepted them */
function parse<Name extends ToolName>(tool: Name, given: object): ToolArguments[Name] {
  const checked = checkArguments(tool, given);
  if (!checked.ok) throw new InvalidToolArguments(checked.error);
  return checked.args;
}

/** Selects the report of the earlier result, even if a newer one was uploaded since. */
function selectorOf(report: ReportRef | undefined): { report_month?: string; report_type?: string } {
  if (!report) return {};
  const { date, type } = report;
  return { ...(date ? { report_month: monthOf(date) } : {}), ...(type ? { report_type: type } : {}) };
}

/** Reads all rows of a budget list. A ranking by serapan excludes the rows without pagu: they follow the ranked ones. */
async function readRanked<Args extends { sort?: string; limit: number }, Page extends BudgetPage, Row extends Amounts>(
  args: Args,
  search: (args: Args) => Promise<Executed<NoReport | Page>>,
  rowsOf: (page: Page) => Row[],
): Promise<{ rows: Row[]; count: number; report: ReportRef | null; notes: string[] }> {
  const { result } = await search(args);
  const { report, notes = [] } = result;
  if (report === null) return { rows: [], count: 0, report, notes };
  const rows = rowsOf(result);
  if (result.without_pagu === undefined) return { rows, count: result.count, report, notes };
  const { sort: _sort, ...unsorted } = args;
  const all = (await search(unsorted as Args)).result;
  const unranked = all.report === null ? [] : rowsOf(all).filter((row) => row.serapan_persen === null);
  return { rows: [...rows, ...unranked].slice(0, args.limit), count: result.count, report, notes };
}

/** A page of a budget list. */
interface BudgetPage {
  report: ReportRef;
  count: number;
  without_pagu?: number;
  notes?: string[];
}
