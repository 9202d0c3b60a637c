import { formatDay } from './dates.ts';
import type { Activity, ActivityPage } from './results.ts';
import { blocks, escapeMarkdown, noteLines, rupiah } from './wording.ts';

/** Formats activities as a numbered list, grouped by day if the list is sorted by day. */
export function listActivities(page: ActivityPage, options: { byDay: boolean; withAllocation?: boolean }): string {
  const { byDay, withAllocation = false } = options;
  let day: string | null | undefined;
  const lines = page.activities.flatMap((activity, index) => {
    const line = `${index + 1}. ${describeInLine(activity, { day: !byDay, withAllocation })}`;
    if (!byDay || activity.tanggal === day) return [line];
    day = activity.tanggal;
    return [`${index > 0 ? '\n' : ''}**${day ? formatDay(day) : 'Belum bertanggal'}**`, line];
  });
  const rest = page.count - page.shown;
  const undated = page.undated_left_out ?? 0;
  return blocks(
    lines.join('\n'),
    page.more && rest > 0 && `Masih ada ${rest} kegiatan lainnya. Tulis «lanjut» untuk melihatnya.`,
    undated > 0 && `Selain itu, ${undated} kegiatan belum bertanggal.`,
    noteLines(page),
  );
}

function describeInLine(activity: Activity, options: { day: boolean; withAllocation: boolean }): string {
  const { nama, status, tanggal, terlambat, penanggung_jawab, pending_issue, total_alokasi } = activity;
  const facts = [
    ...(options.day ? [tanggal ? formatDay(tanggal) : 'belum bertanggal'] : []),
    terlambat ? `${status}, **terlambat**` : status,
    ...(options.withAllocation ? [rupiah(total_alokasi)] : []),
    ...(penanggung_jawab ? [`PIC ${escapeMarkdown(penanggung_jawab)}`] : []),
    ...(pending_issue ? [`kendala: ${escapeMarkdown(pending_issue)}`] : []),
  ];
  return `**${escapeMarkdown(nama)}** (${facts.join('; ')})`;
}

/** Formats all fields of an activity. */
export function describeActivity(activity: Activity): string {
  const fields: [string, string | null][] = [
    ['Tanggal', activity.tanggal ? formatDay(activity.tanggal) : 'belum ditentukan'],
    ['Status', activity.terlambat ? `${activity.status} (terlambat)` : activity.status],
    ['Penanggung jawab', activity.penanggung_jawab],
    ['Unit terkait', activity.kl_unit_terkait],
    ['Tujuan', activity.tujuan],
    ['Capaian', activity.capaian],
    ['Kendala', activity.pending_issue],
    ['Rencana tindak lanjut', activity.rencana_tindak_lanjut],
    ['Total alokasi', activity.total_alokasi > 0 ? rupiah(activity.total_alokasi) : null],
  ];
  const lines = fields.flatMap(([name, value]) => (value ? [`- **${name}:** ${escapeMarkdown(value)}`] : []));
  const allocations = activity.allocations.map(
    ({ kode, uraian, jumlah }) => `  - ${escapeMarkdown(kode)} ${escapeMarkdown(uraian)}: ${rupiah(jumlah)}`,
  );
  return [`### ${escapeMarkdown(activity.nama)}`, '', ...lines, ...allocations].join('\n');
}
