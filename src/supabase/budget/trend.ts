import { type Day, type Month, monthOf } from '../calendar.ts';
import type { Sums } from '../reports/report.ts';
import type { ReportInfo } from '../reports/reports.ts';
import { toPercent, toSen } from '../rupiah.ts';
import { serapanOf } from './amounts.ts';

/** One month of a trend: the state at its newest report. Realization is cumulative within the year: never add it up. */
export interface TrendMonth {
  month: Month;
  report_date: Day;
  pagu: number;
  realisasi: number;
  sisa: number;
  serapan_persen: number | null;
  /** Since the previous report, of month `since`; null for the first report of a year, because realization restarts. */
  change: { since: Month; pagu: number; realisasi: number; sisa: number; serapan_persen: number | null } | null;
}

/** The date of a report and the sums of the selected rows. */
export interface MonthSums {
  date: Day;
  sums: Sums;
}

/**
 * Returns the newest report of each month from `from` to `to`, oldest first. `base` is the last report before `from` in
 * the same year, from which the first change is computed.
 */
export function reportsByMonth(
  infos: readonly ReportInfo[],
  from: Month,
  to: Month,
): { base: ReportInfo | undefined; months: ReportInfo[] } {
  const newest = new Map<Month, ReportInfo>();
  for (const info of infos) {
    if (info.date !== null && !newest.has(monthOf(info.date))) newest.set(monthOf(info.date), info);
  }
  const sorted = [...newest].sort(([a], [b]) => (a < b ? -1 : 1));
  const months = sorted.filter(([month]) => month >= from && month <= to).map(([, info]) => info);
  const year = months[0]?.date?.slice(0, 4);
  const base = sorted.findLast(([month]) => month < from && month.slice(0, 4) === year)?.[1];
  return { base, months };
}

/** Computes the months with their changes; `reports` must be sorted by date. */
export function computeTrend(base: MonthSums | undefined, reports: readonly MonthSums[]): TrendMonth[] {
  return reports.map((report, index) => {
    const before = index === 0 ? base : reports[index - 1];
    const { pagu, realisasi } = report.sums;
    const serapan = serapanOf(report.sums);
    return {
      month: monthOf(report.date),
      report_date: report.date,
      pagu: toSen(pagu),
      realisasi: toSen(realisasi),
      sisa: toSen(pagu - realisasi),
      serapan_persen: serapan === null ? null : toPercent(serapan),
      change: before && isSameYear(before.date, report.date) ? computeChange(before, report) : null,
    };
  });
}

function computeChange(before: MonthSums, { sums }: MonthSums): TrendMonth['change'] {
  const pagu = sums.pagu - before.sums.pagu;
  const realisasi = sums.realisasi - before.sums.realisasi;
  const serapan = serapanOf(sums);
  const serapanBefore = serapanOf(before.sums);
  return {
    since: monthOf(before.date),
    pagu: toSen(pagu),
    realisasi: toSen(realisasi),
    sisa: toSen(pagu - realisasi),
    serapan_persen: serapan === null || serapanBefore === null ? null : toPercent(serapan - serapanBefore),
  };
}

function isSameYear(a: Day, b: Day): boolean {
  return a.slice(0, 4) === b.slice(0, 4);
}
