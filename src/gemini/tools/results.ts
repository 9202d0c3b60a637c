import type { Allocation } from '../../supabase/activities/activities.ts';
import type { ActivityStatistics } from '../../supabase/activities/search.ts';
import type { AccountRow } from '../../supabase/budget/accounts.ts';
import type { Commitment } from '../../supabase/budget/commitments.ts';
import type { Amounts } from '../../supabase/budget/ranking.ts';
import type { BudgetRow } from '../../supabase/budget/rows.ts';
import type { TrendMonth } from '../../supabase/budget/trend.ts';
import type { ReportRef } from '../../supabase/reports/reports.ts';

/** Sentences (Indonesian) about what the figures leave out; each count in them is also a field of its own. */
interface Noted {
  notes?: string[];
}

/** An activity as `search_activities` returns it; long texts are shortened where many are listed. */
export interface ActivityRow {
  id: string;
  nama: string;
  status: string;
  /** ISO date, null where there is none. */
  tanggal: string | null;
  hari: string | null;
  terlambat: boolean;
  penanggung_jawab: string | null;
  kl_unit_terkait: string | null;
  tujuan: string | null;
  capaian: string | null;
  pending_issue: string | null;
  rencana_tindak_lanjut: string | null;
  total_alokasi: number;
  allocations: Allocation[];
}

/** What of a list is shown, after `offset` matches that were skipped; `more` says that there is another page. */
interface Page {
  count: number;
  shown: number;
  offset?: number;
  more: boolean;
}

/** Where the user has no report like the one asked for: no figures at all. */
export interface NoReport extends Noted {
  report: null;
  missing: 'no_report' | 'no_report_of_month' | 'no_report_of_type';
  /** The reports there are, newest first, at most twelve. */
  available: ReportRef[];
}

interface OfReport extends Noted {
  report: ReportRef;
  /** Rows of the report that could not be read and are in no figure. */
  skipped_rows?: number;
}

interface OfReportPage extends OfReport, Page {
  totals: Amounts;
  /** Matches with pagu 0, which a ranking by serapan leaves out. */
  without_pagu?: number;
  /** Outstanding and komitmen that belong to nothing in the report; only where nothing was filtered. */
  outside_report?: Commitment;
}

/** What each tool returns; amounts in rupiah, percentages with up to four decimals. */
export interface ToolResults {
  search_activities: Noted &
    Page & { total_allocation: number; activities: ActivityRow[]; undated_left_out?: number; skipped_rows?: number };
  activity_statistics: Noted & ActivityStatistics & { skipped_rows?: number };
  budget_summary: NoReport | (OfReport & Amounts & { rows: number });
  search_budget: NoReport | (OfReportPage & { rows: BudgetRow[] });
  budget_by_account: NoReport | (OfReportPage & { accounts: AccountRow[] });
  budget_trend: NoReport | (OfReport & { months: TrendMonth[] });
  calculate: { result: number; how: string };
}

/** A list that a result showed, so that «yang nomor 2» can be understood: ids of activities, codes, accounts, months. */
export interface ListedRows {
  kind: 'activities' | 'budget_rows' | 'accounts' | 'months';
  ids: string[];
}

/** What a result rests on. */
export interface ToolEvidence {
  tool: string;
  args: object;
  report?: ReportRef;
  /** Codes or accounts behind the figures, as far as they were listed. */
  codes?: string[];
  activityIds?: string[];
  listed?: ListedRows;
}

/** A tool's result and what it rests on, before the name and arguments of the call are added. */
export interface Executed<Result> {
  result: Result;
  evidence: Omit<ToolEvidence, 'tool' | 'args'>;
}
