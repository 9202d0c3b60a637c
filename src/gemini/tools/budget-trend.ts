import { sumAmounts } from '../../supabase/budget/amounts.ts';
import { filterRows, type RowFilter } from '../../supabase/budget/rows.ts';
import { computeTrend, type MonthSums, reportsByMonth } from '../../supabase/budget/trend.ts';
import { addMonths, type Month, monthOf } from '../../supabase/calendar.ts';
import { candidateReports, toReportRef } from '../../supabase/reports/reports.ts';
import { notesField } from './activity-tools.ts';
import { InvalidToolArguments, parseAccountDigits, parseCodeFilter } from './arguments.ts';
import { NO_MATCH_NOTE, noReportResult, recordReportMonth, SKIPPED_ROWS_NOTE, typeNotes } from './report-notes.ts';
import type { Executed, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';
import type { TurnData } from './turn-data.ts';

/** Maximum months of a trend: each may require reading a report. */
const MAX_MONTHS = 24;

/** `budget_trend`: compares the newest report of each month. Realisasi is cumulative, so months are never summed. */
export async function budgetTrend(
  data: TurnData,
  args: ToolArguments['budget_trend'],
): Promise<Executed<ToolResults['budget_trend']>> {
  const filter = parseRowFilter(args);
  const codes = [filter.account, filter.code].filter((value) => value !== undefined);
  const infos = await data.reports();
  const candidates = candidateReports(infos, args.report_type);
  const newest = candidates.find((info) => info.date !== null)?.date;
  if (!newest) return noReportResult(infos, args);
  const { from, to } = parseMonthRange(args, monthOf(newest));
  const { base, months } = reportsByMonth(candidates, from, to);
  const last = months.at(-1);
  if (!last) return noReportResult(infos, { ...args, report_month: to });
  const sums: MonthSums[] = [];
  let skipped = 0;
  let hasMatch = codes.length === 0;
  // Sequentially, so that each report is released after its sum.
  for (const info of base ? [base, ...months] : months) {
    const report = await data.open(info);
    recordReportMonth(data, info);
    const rows = filterRows(report, filter);
    sums.push({ date: info.date ?? '', sums: sumAmounts(rows) });
    if (info === base) continue;
    skipped += report.skipped;
    hasMatch ||= rows.length > 0;
  }
  // Return no months for an unknown account: zeros would look like facts.
  const trend = !hasMatch ? [] : base ? computeTrend(sums[0], sums.slice(1)) : computeTrend(undefined, sums);
  const notes = [
    ...(hasMatch ? gapNotes(trend.length, from, to) : [NO_MATCH_NOTE]),
    ...typeNotes(infos, last),
    ...(skipped > 0 ? [SKIPPED_ROWS_NOTE] : []),
  ];
  return {
    result: {
      report: toReportRef(last),
      months: trend,
      ...(skipped > 0 ? { skipped_rows: skipped } : {}),
      ...notesField(notes),
    },
    evidence: {
      report: toReportRef(last),
      ...(hasMatch && codes.length > 0 ? { codes } : {}),
      listed: { kind: 'months', ids: trend.map(({ month }) => month) },
    },
  };
}

function parseRowFilter({ account, code }: ToolArguments['budget_trend']): RowFilter {
  return {
    account: account === undefined ? undefined : parseAccountDigits(account),
    code: code === undefined ? undefined : parseCodeFilter(code),
  };
}

/** Returns a note if months without a report are missing. */
function gapNotes(count: number, from: Month, to: Month): string[] {
  return count < countMonths(from, to) ? ['Bulan yang tidak tercantum tidak memiliki laporan.'] : [];
}

function parseMonthRange(args: ToolArguments['budget_trend'], newest: Month): { from: Month; to: Month } {
  const to = args.to ?? args.report_month ?? (args.from && args.from > newest ? args.from : newest);
  const from = args.from ?? `${to.slice(0, 4)}-01`;
  if (from > to) throw new InvalidToolArguments(`from (${from}) tidak boleh sesudah to (${to}).`);
  if (countMonths(from, to) > MAX_MONTHS) throw new InvalidToolArguments(`rentang paling panjang ${MAX_MONTHS} bulan.`);
  return { from, to };
}

/** Counts the months of a range, both ends included; stops above the maximum. */
function countMonths(from: Month, to: Month): number {
  let count = 1;
  for (let month = from; month < to && count <= MAX_MONTHS; count++) month = addMonths(month, 1);
  return count;
}
