import { markedRows, rowsInAll, rowsOfAccount, rowsOfCode, sumRows } from '../../supabase/budget/rows.ts';
import { type MonthSums, reportsByMonth, trendOf } from '../../supabase/budget/trend.ts';
import { addMonths, type Month, monthOf } from '../../supabase/calendar.ts';
import type { ParsedReport } from '../../supabase/reports/parsed-report.ts';
import { candidateReports, toReportRef } from '../../supabase/reports/reports.ts';
import { notes } from './activity-tools.ts';
import { accountDigits, InvalidToolArguments, parseCodeFilter } from './invalid-arguments.ts';
import { NO_MATCH, noReportResult, remember, SKIPPED_ROWS, typeNotes } from './report-notes.ts';
import type { Executed, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';
import type { TurnData } from './turn-data.ts';

/** Months of a trend at most: each may mean reading a report. */
const MOST_MONTHS = 24;

/** `budget_trend`: the newest report of each month, side by side; never added up. */
export async function budgetTrend(
  reads: TurnData,
  args: ToolArguments['budget_trend'],
): Promise<Executed<ToolResults['budget_trend']>> {
  const part = partOf(args);
  const infos = await reads.reports();
  const inPlay = candidateReports(infos, args.report_type);
  const newest = inPlay.find((info) => info.date !== null)?.date;
  if (!newest) return noReportResult(infos, args);
  const { from, to } = monthRange(args, monthOf(newest));
  const { base, months } = reportsByMonth(inPlay, from, to);
  const last = months.at(-1);
  if (!last) return noReportResult(infos, { ...args, report_month: to });
  const sums: MonthSums[] = [];
  let skipped = 0;
  let found = part.codes.length === 0;
  // One after another: only one report is parsed at a time anyway, and none is held longer than it takes to add up.
  for (const info of base ? [base, ...months] : months) {
    const report = await reads.open(info);
    remember(reads, info);
    const rows = part.rowsOf(report);
    sums.push({ date: info.date ?? '', sums: sumRows(report, rows) });
    if (info === base) continue;
    skipped += report.skipped;
    found ||= rows !== undefined && rows.length > 0;
  }
  // Zeros for an account that does not exist would read as a fact about it.
  const trend = !found ? [] : base ? trendOf(sums[0], sums.slice(1)) : trendOf(undefined, sums);
  const said = [
    ...(found ? gapNotes(trend.length, from, to) : [NO_MATCH]),
    ...typeNotes(infos, last),
    ...(skipped > 0 ? [SKIPPED_ROWS] : []),
  ];
  return {
    result: {
      report: toReportRef(last),
      months: trend,
      ...(skipped > 0 ? { skipped_rows: skipped } : {}),
      ...notes(said),
    },
    evidence: {
      report: toReportRef(last),
      ...(found && part.codes.length > 0 ? { codes: part.codes } : {}),
      listed: { kind: 'months', ids: trend.map(({ month }) => month) },
    },
  };
}

/** The part of the budget asked for: its account and code, and its rows in a report (undefined: all of them). */
function partOf(args: ToolArguments['budget_trend']): {
  codes: string[];
  rowsOf(report: ParsedReport): Uint32Array | undefined;
} {
  const account = args.account === undefined ? undefined : accountDigits(args.account);
  const code = args.code === undefined ? undefined : parseCodeFilter(args.code);
  return {
    codes: [account, code].filter((value) => value !== undefined),
    rowsOf(report) {
      const marks = rowsInAll([
        ...(account === undefined ? [] : [rowsOfAccount(report, account)]),
        ...(code === undefined ? [] : [rowsOfCode(report, code)]),
      ]);
      return marks && markedRows(report, marks);
    },
  };
}

function gapNotes(found: number, from: Month, to: Month): string[] {
  const asked = monthsBetween(from, to);
  return found < asked ? ['Bulan yang tidak tercantum tidak memiliki laporan.'] : [];
}

function monthRange(args: ToolArguments['budget_trend'], newest: Month): { from: Month; to: Month } {
  const to = args.to ?? args.report_month ?? (args.from && args.from > newest ? args.from : newest);
  const from = args.from ?? `${to.slice(0, 4)}-01`;
  if (from > to) throw new InvalidToolArguments(`from (${from}) tidak boleh sesudah to (${to}).`);
  if (monthsBetween(from, to) > MOST_MONTHS)
    throw new InvalidToolArguments(`rentang paling panjang ${MOST_MONTHS} bulan.`);
  return { from, to };
}

function monthsBetween(from: Month, to: Month): number {
  let count = 1;
  for (let month = from; month < to && count <= MOST_MONTHS; count++) month = addMonths(month, 1);
  return count;
}
