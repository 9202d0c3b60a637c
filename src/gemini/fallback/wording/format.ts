import type { Amounts } from '../../../supabase/budget/amounts.ts';
import { type Day, indonesianDate, indonesianMonth, type Month } from '../../../supabase/calendar.ts';
import type { ReportRef } from '../../../supabase/reports/reports.ts';
import { formatNumber, formatRupiah } from '../../../supabase/rupiah.ts';
import { fill, type Texts } from '../../../texts.ts';
import type { NoReport } from '../../tools/results.ts';
import type { Measure } from '../question/parse-question.ts';

/** Maximum facts about an entry, so that it fits on few lines of a phone. */
const MAX_FACTS = 3;
/** Available reports in the sentence for a missing one. */
const MAX_AVAILABLE = 3;

/** Formats a day: «Selasa, 24 November», with the year if it is not that of `today`. */
export function formatDay(day: Day, today: Day): string {
  return withoutYear(indonesianDate(day), day, today);
}

/** Formats a month: «November», with the year if it is not that of `today`. */
export function formatMonth(month: Month, today: Day): string {
  return withoutYear(indonesianMonth(month), month, today);
}

function withoutYear(text: string, date: string, today: Day): string {
  return date.slice(0, 4) === today.slice(0, 4) ? text.slice(0, text.lastIndexOf(' ')) : text;
}

/** Formats a percentage with one decimal; null (pagu is 0) as «tanpa pagu». */
export function formatPercent(value: number | null): string {
  return value === null ? 'tanpa pagu' : `${formatNumber(value, 1)}%`;
}

/** Formats a difference of percentages without its sign: «5,7 poin persen». */
export function formatPoints(value: number): string {
  return `${formatNumber(Math.abs(value), 1)} poin persen`;
}

/** Formats an amount that was calculated from rounded figures: «Rp3,46 miliar», «Rp12,5 juta», «Rp950.000». */
export function formatRoughRupiah(rupiah: number): string {
  if (Math.abs(rupiah) >= 1e9) return `${formatRupiah(Math.round(rupiah / 1e7) / 100)} miliar`;
  if (Math.abs(rupiah) >= 1e6) return `${formatRupiah(Math.round(rupiah / 1e5) / 10)} juta`;
  return formatRupiah(Math.round(rupiah / 1e3) * 1e3);
}

/** Formats the value of a measure. */
export function formatMeasure(
  amounts: Pick<Amounts, 'pagu' | 'realisasi' | 'sisa' | 'serapan_persen'>,
  measure: Measure,
): string {
  return measure === 'serapan' ? formatPercent(amounts.serapan_persen) : formatRupiah(amounts[measure]);
}

/** Names a report: «laporan Akrual per Selasa, 24 November». */
export function formatReportName({ type, date }: ReportRef, today: Day): string {
  return `laporan ${escapeMarkdown(type ?? 'realisasi')}${date ? ` per ${formatDay(date, today)}` : ' tanpa tanggal'}`;
}

/** Writes the line that names the report behind the figures, after an empty line. */
export function formatSource(report: ReportRef, today: Day, texts: Texts): string {
  return `\n${fill(texts.ruleBasedSource, { report: formatReportName(report, today) })}`;
}

/** Writes the sentence for a missing report, with available ones. */
export function formatMissingReport(result: NoReport, today: Day, texts: Texts): string {
  if (result.missing === 'no_report') return texts.ruleBasedNoReport;
  const available = result.available.slice(0, MAX_AVAILABLE).map((report) => formatReportName(report, today));
  if (available.length === 0) return texts.ruleBasedNotThatReport;
  return `${texts.ruleBasedNotThatReport} ${fill(texts.ruleBasedOtherReports, { reports: available.join('; ') })}`;
}

/** Joins the first facts about an entry with commas. */
export function joinFacts(facts: readonly (string | false | null | undefined)[]): string {
  return facts
    .filter((fact) => typeof fact === 'string' && fact !== '')
    .slice(0, MAX_FACTS)
    .join(', ');
}

/** Joins the lines of an answer; leaves out empty ones. */
export function joinLines(...lines: (string | false | null | undefined | readonly string[])[]): string {
  return lines
    .flat()
    .filter((line) => typeof line === 'string' && line !== '')
    .join('\n');
}

/** Reduces text of other people to one line and escapes it, so that it cannot format the answer. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_~[\]#|<>]/g, '\\$&');
}
