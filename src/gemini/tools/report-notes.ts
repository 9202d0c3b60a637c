import { sumAmounts } from '../../supabase/budget/amounts.ts';
import type { Commitments } from '../../supabase/budget/commitments.ts';
import type { Report } from '../../supabase/reports/report.ts';
import {
  candidateReports,
  chooseReport,
  type ReportInfo,
  type ReportRef,
  toReportRef,
} from '../../supabase/reports/reports.ts';
import { notesField } from './activity-tools.ts';
import type { Executed, NoReport } from './results.ts';
import type { TurnData } from './turn-data.ts';

export const SKIPPED_ROWS_NOTE = 'Ada baris laporan yang tidak terbaca dan tidak ikut dijumlahkan.';
export const NO_MATCH_NOTE = 'Tidak ada baris anggaran yang cocok.';

/** Maximum number of reports that a result without a matching report lists. */
const MAX_AVAILABLE_REPORTS = 12;

/** Runs `compute` with the requested report, and adds the report and its notes to the result. */
export async function withReport<Result extends object>(
  data: TurnData,
  selector: { report_month?: string; report_type?: string },
  compute: (report: Report, commitments: Commitments) => Executed<Result>,
): Promise<Executed<NoReport | (Result & { report: ReportRef })>> {
  const infos = await data.reports();
  const info = chooseReport(infos, { month: selector.report_month, type: selector.report_type });
  if (!info) return noReportResult(infos, selector);
  // The report last: a turn that holds one must not wait for anything else, because reports have no separate limit.
  const commitments = await data.commitments();
  const report = await data.open(info);
  recordReportMonth(data, info);
  const { result, evidence } = compute(report, commitments);
  const noMatch = report.rows.length > 0 && 'count' in result && result.count === 0 ? [NO_MATCH_NOTE] : [];
  const notes = [...noMatch, ...reportNotes(report), ...typeNotes(infos, info), ...duplicateNotes(infos, info)];
  const skipped = report.skipped > 0 ? { skipped_rows: report.skipped } : {};
  return {
    result: { report: toReportRef(info), ...result, ...skipped, ...notesField(notes) },
    evidence: { report: toReportRef(info), ...evidence },
  };
}

/** Records the month of a used report: `calculate` accepts it as a number of months. */
export function recordReportMonth(data: TurnData, info: ReportInfo): void {
  if (info.date) data.months.add(Number(info.date.slice(5, 7)));
}

/** Returns the result without a matching report: the available reports, and no figures. */
export function noReportResult(
  infos: readonly ReportInfo[],
  selector: { report_month?: string; report_type?: string },
): Executed<NoReport> {
  const candidates = candidateReports(infos, selector.report_type);
  const available = candidates.length > 0 ? candidates : infos;
  const missing =
    infos.length === 0 ? 'no_report' : candidates.length === 0 ? 'no_report_of_type' : 'no_report_of_month';
  const note = {
    no_report: 'Belum ada laporan realisasi SAKTI yang diunggah pengguna ke SAPA, jadi angka anggaran belum ada.',
    no_report_of_type: 'Belum ada laporan jenis itu; yang ada tercantum dalam available.',
    no_report_of_month: 'Tidak ada laporan untuk bulan itu; yang ada tercantum dalam available.',
  }[missing];
  return {
    result: {
      report: null,
      missing,
      available: available.slice(0, MAX_AVAILABLE_REPORTS).map(toReportRef),
      notes: [note],
    },
    evidence: {},
  };
}

function reportNotes(report: Report): string[] {
  if (!report.readable) return ['Isi laporan ini tidak dapat dibaca; unggah ulang laporannya di portal.'];
  const notes = report.skipped > 0 ? [SKIPPED_ROWS_NOTE] : [];
  if (report.rows.length === 0) return [...notes, 'Laporan ini kosong: tidak ada baris anggaran di dalamnya.'];
  return sumAmounts(report.rows).pagu === 0 ? [...notes, 'Pagunya nol, jadi persentase serapan tidak ada.'] : notes;
}

/** Returns a note that names the used report type, if the user has reports of several types. */
export function typeNotes(infos: readonly ReportInfo[], used: ReportInfo): string[] {
  const others = new Set(infos.map((info) => info.type).filter((type) => type !== used.type));
  if (others.size === 0) return [];
  const names = [...others].map((type) => type ?? 'tanpa jenis').join(', ');
  return [`Angka ini dari laporan ${used.type ?? 'tanpa jenis'}; ada juga laporan ${names}, yang tidak dicampur.`];
}

/** Returns a note if several reports have the same date and type. */
function duplicateNotes(infos: readonly ReportInfo[], used: ReportInfo): string[] {
  const duplicates = infos.filter((info) => info.date === used.date && info.type === used.type);
  if (used.date === null || duplicates.length < 2) return [];
  return ['Ada beberapa laporan bertanggal sama; yang dipakai adalah yang diunggah terakhir.'];
}
