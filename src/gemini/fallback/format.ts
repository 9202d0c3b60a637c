import { indonesianDate } from '../../supabase/calendar.ts';
import { formatNumber, formatRupiah } from '../../supabase/rupiah.ts';
import { fill, type Texts } from '../../texts.ts';
import type { ActivityRow, ToolResults } from '../tools/results.ts';
import type { Measure } from './parse-question.ts';

type Amounts = Pick<
  Extract<ToolResults['budget_summary'], { rows: number }>,
  'pagu' | 'realisasi' | 'sisa' | 'serapan_persen'
>;
type Report = Extract<ToolResults['budget_summary'], { rows: number }>['report'];

/** Formats a percentage with one decimal; null (pagu is 0) as «tanpa pagu». */
export function formatPercent(value: number | null): string {
  return value === null ? 'tanpa pagu' : `${formatNumber(value, 1)}%`;
}

/** Names a report: «laporan Akrual per Selasa, 24 November 2026». */
export function formatReportName({ type, date }: Report): string {
  return `laporan ${type ?? 'realisasi'}${date ? ` per ${indonesianDate(date)}` : ' tanpa tanggal'}`;
}

/** Formats one measure with its name. */
export function formatMeasure(amounts: Amounts, measure: Measure): string {
  if (measure === 'serapan') return `serapan ${formatPercent(amounts.serapan_persen)}`;
  return `${measure} ${formatRupiah(amounts[measure])}`;
}

/** Formats all four measures in one line. */
export function formatAllMeasures(amounts: Amounts, texts: Texts): string {
  return fill(texts.directMeasures, {
    pagu: formatRupiah(amounts.pagu),
    realisasi: formatRupiah(amounts.realisasi),
    serapan: formatPercent(amounts.serapan_persen),
    sisa: formatRupiah(amounts.sisa),
  });
}

/** Formats activities as a numbered list, one line each. */
export function formatActivities(activities: readonly ActivityRow[]): string {
  return activities.map((activity, index) => `${index + 1}. ${formatActivityLine(activity)}`).join('\n');
}

function formatActivityLine({ nama, tanggal, status, penanggung_jawab, terlambat }: ActivityRow): string {
  const details = [
    tanggal ? indonesianDate(tanggal) : 'belum bertanggal',
    status,
    ...(terlambat ? ['terlambat'] : []),
    ...(penanggung_jawab ? [`PJ ${escapeMarkdown(penanggung_jawab)}`] : []),
  ];
  return `**${escapeMarkdown(nama)}** – ${details.join('; ')}`;
}

/** Formats one activity with all fields that SAPA contains. */
export function formatActivity(activity: ActivityRow): string {
  const fields: [string, string | null][] = [
    ['Tanggal', activity.tanggal ? indonesianDate(activity.tanggal) : 'belum ditetapkan'],
    ['Status', activity.status],
    ['Penanggung jawab', activity.penanggung_jawab],
    ['Unit terkait', activity.kl_unit_terkait],
    ['Tujuan', activity.tujuan],
    ['Capaian', activity.capaian],
    ['Kendala', activity.pending_issue],
    ['Tindak lanjut', activity.rencana_tindak_lanjut],
    ['Alokasi', activity.total_alokasi > 0 ? formatRupiah(activity.total_alokasi) : null],
  ];
  const lines = fields.flatMap(([label, value]) => (value ? [`- ${label}: ${escapeMarkdown(value)}`] : []));
  return [`**${escapeMarkdown(activity.nama)}**`, ...lines].join('\n');
}

/** Returns the sentence for a missing report, with up to three available ones. */
export function formatMissingReport(
  result: Extract<ToolResults['budget_summary'], { report: null }>,
  texts: Texts,
): string {
  if (result.missing === 'no_report') return texts.directNoReport;
  const available = result.available.slice(0, 3).map((report) => formatReportName(report));
  if (available.length === 0) return texts.directNotThatReport;
  return `${texts.directNotThatReport} ${fill(texts.directOtherReports, { reports: available.join('; ') })}`;
}

/** Escapes text of other people, so that it cannot format the answer. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_~[\]#|<>]/g, '\\$&');
}
