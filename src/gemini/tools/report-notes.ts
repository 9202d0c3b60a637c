import type { Commitments } from '../../supabase/budget/commitments.ts';
import type { ParsedReport } from '../../supabase/reports/parsed-report.ts';
import {
  candidateReports,
  chooseReport,
  type ReportInfo,
  type ReportRef,
  toReportRef,
} from '../../supabase/reports/reports.ts';
import { notes } from './activity-tools.ts';
import type { Executed, NoReport } from './results.ts';
import type { TurnData } from './turn-data.ts';

export const SKIPPED_ROWS = 'Ada baris laporan yang tidak terbaca dan tidak ikut dijumlahkan.';
export const NO_MATCH = 'Tidak ada baris anggaran yang cocok.';

/** Runs `compute` over the report asked for, and adds what every budget answer says of its report. */
export async function withReport<Result extends object>(
  reads: TurnData,
  wish: { report_month?: string; report_type?: string },
  compute: (report: ParsedReport, commitments: Commitments) => Executed<Result>,
): Promise<Executed<NoReport | (Result & { report: ReportRef })>> {
  const infos = await reads.reports();
  const info = chooseReport(infos, { month: wish.report_month, type: wish.report_type });
  if (!info) return noReportResult(infos, wish);
  const [report, commitments] = await Promise.all([reads.open(info), reads.commitments()]);
  remember(reads, info);
  const { result, evidence } = compute(report, commitments);
  const noMatch = report.rows > 0 && 'count' in result && result.count === 0 ? [NO_MATCH] : [];
  const said = [...noMatch, ...reportNotes(report), ...typeNotes(infos, info), ...twinNotes(infos, info)];
  const skipped = report.skipped > 0 ? { skipped_rows: report.skipped } : {};
  return {
    result: { report: toReportRef(info), ...result, ...skipped, ...notes(said) },
    evidence: { report: toReportRef(info), ...evidence },
  };
}

/** Notes the month of a report that was used: `calculate` may count months of a date that was seen. */
export function remember(reads: TurnData, info: ReportInfo): void {
  if (info.date) reads.months.add(Number(info.date.slice(5, 7)));
}

/** The answer where there is no report like the one asked for: what there is instead, and no figure. */
export function noReportResult(
  infos: readonly ReportInfo[],
  wish: { report_month?: string; report_type?: string },
): Executed<NoReport> {
  const inPlay = candidateReports(infos, wish.report_type);
  const shown = inPlay.length > 0 ? inPlay : infos;
  const kind = infos.length === 0 ? 'no_report' : inPlay.length === 0 ? 'no_report_of_type' : 'no_report_of_month';
  const said = {
    no_report: 'Belum ada laporan realisasi SAKTI yang diunggah pengguna ke SAPA, jadi angka anggaran belum ada.',
    no_report_of_type: 'Belum ada laporan jenis itu; yang ada tercantum dalam available.',
    no_report_of_month: 'Tidak ada laporan untuk bulan itu; yang ada tercantum dalam available.',
  }[kind];
  return {
    result: { report: null, missing: kind, available: shown.slice(0, 12).map(toReportRef), notes: [said] },
    evidence: {},
  };
}

function reportNotes(report: ParsedReport): string[] {
  if (!report.readable) return ['Isi laporan ini tidak dapat dibaca; unggah ulang laporannya di portal.'];
  const said = report.skipped > 0 ? [SKIPPED_ROWS] : [];
  if (report.rows === 0) return [...said, 'Laporan ini kosong: tidak ada baris anggaran di dalamnya.'];
  return report.total.pagu === 0 ? [...said, 'Pagunya nol, jadi persentase serapan tidak ada.'] : said;
}

/** Says which type counted, where the user has reports of several. */
export function typeNotes(infos: readonly ReportInfo[], used: ReportInfo): string[] {
  const others = new Set(infos.map((info) => info.type).filter((type) => type !== used.type));
  if (others.size === 0) return [];
  const names = [...others].map((type) => type ?? 'tanpa jenis').join(', ');
  return [`Angka ini dari laporan ${used.type ?? 'tanpa jenis'}; ada juga laporan ${names}, yang tidak dicampur.`];
}

function twinNotes(infos: readonly ReportInfo[], used: ReportInfo): string[] {
  const twins = infos.filter((info) => info.date === used.date && info.type === used.type);
  if (used.date === null || twins.length < 2) return [];
  return ['Ada beberapa laporan bertanggal sama; yang dipakai adalah yang diunggah terakhir.'];
}
