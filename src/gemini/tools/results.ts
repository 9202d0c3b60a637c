import type { Activity } from '../../supabase/activities/activities.ts';
import type { ActivityStatistics } from '../../supabase/activities/search.ts';
import type { AccountRow } from '../../supabase/budget/accounts.ts';
import type { Amounts } from '../../supabase/budget/amounts.ts';
import type { Commitment } from '../../supabase/budget/commitments.ts';
import type { GroupRow } from '../../supabase/budget/groups.ts';
import type { BudgetRow } from '../../supabase/budget/rows.ts';
import type { TrendMonth } from '../../supabase/budget/trend.ts';
import type { ReportRef } from '../../supabase/reports/reports.ts';

/** Indonesian sentences about rows that the figures leave out; each count in them is also a separate field. */
interface WithNotes {
  notes?: string[];
}

/** An activity in a result of `search_activities`; lists shorten long texts. */
export interface ActivityRow extends Activity {
  /** Weekday of `tanggal`; null without a date. */
  hari: string | null;
  terlambat: boolean;
}

/** One page of a list, after `offset` skipped matches. `more`: there is another page. */
interface ResultPage {
  count: number;
  shown: number;
  offset?: number;
  more: boolean;
}

/** The result if the user has no report like the requested one: contains no figures. */
export interface NoReport extends WithNotes {
  report: null;
  missing: 'no_report' | 'no_report_of_month' | 'no_report_of_type';
  /** The user's reports, newest first, at most twelve. */
  available: ReportRef[];
}

interface ReportResult extends WithNotes {
  report: ReportRef;
  /** Rows that could not be read and are in no figure. */
  skipped_rows?: number;
}

interface ReportPage extends ReportResult, ResultPage {
  totals: Amounts;
  /** Matches with pagu 0, which a ranking by serapan excludes. */
  without_pagu?: number;
  /** Outstanding and komitmen on codes outside the report; only in unfiltered results. */
  outside_report?: Commitment;
}

/** The result of each tool. Amounts in rupiah, percentages with up to four decimals. */
export interface ToolResults {
  search_activities: WithNotes &
    ResultPage & {
      total_allocation: number;
      activities: ActivityRow[];
      undated_left_out?: number;
      skipped_rows?: number;
    };
  activity_statistics: WithNotes & ActivityStatistics & { skipped_rows?: number };
  budget_summary: NoReport | (ReportResult & Amounts & { rows: number });
  search_budget: NoReport | (ReportPage & { rows: BudgetRow[] });
  /** `groups` with a `group_by` other than account, else `accounts`. */
  budget_by_account: NoReport | (ReportPage & { accounts?: AccountRow[]; groups?: GroupRow[] });
  budget_trend: NoReport | (ReportResult & { months: TrendMonth[] });
  calculate: { result: number; how: string };
}

/** The rows of a list (ids of activities, codes, accounts, codes of groups or months), to resolve «yang nomor 2». */
interface ListedRows {
  kind: 'activities' | 'budget_rows' | 'accounts' | 'groups' | 'months';
  ids: string[];
}

/** The call behind a result, and the data that the result is based on. */
export interface ToolEvidence {
  tool: string;
  args: object;
  report?: ReportRef;
  /** Codes or accounts of the listed rows. */
  codes?: string[];
  activityIds?: string[];
  listed?: ListedRows;
}

/** The result of a successful call, with the call behind it. */
export interface ToolData extends ToolEvidence {
  result: object;
}

/** A result with its evidence, before the name and arguments of the call are added. */
export interface Executed<Result> {
  result: Result;
  evidence: Omit<ToolEvidence, 'tool' | 'args'>;
}
