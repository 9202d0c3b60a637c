import { formatDay } from './dates.ts';
import type { Measure } from './query-budget.ts';
import type { Amounts, NoReport, ReportRef } from './results.ts';

const WHOLE = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 2 });
const ONE_DECIMAL = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 });
const TWO_DECIMALS = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 2 });

/** «Rp1.234.567», with a minus sign in front when negative. */
export function rupiah(amount: number): string {
  return `${amount < 0 ? '-' : ''}Rp${WHOLE.format(Math.abs(amount))}`;
}

/** «Rp3,46 miliar» or «Rp12,5 juta»; null below a million. */
export function roundedRupiah(amount: number): string | null {
  const [size, unit] = Math.abs(amount) >= 1e9 ? [1e9, 'miliar'] : [1e6, 'juta'];
  if (Math.abs(amount) < 1e6) return null;
  return `${amount < 0 ? '-' : ''}Rp${TWO_DECIMALS.format(Math.abs(amount) / size)} ${unit}`;
}

/** «72,3%»; a share of nothing has no percentage. */
export function percent(value: number | null): string {
  return value === null ? 'tanpa persentase' : `${ONE_DECIMAL.format(value)}%`;
}

export function percentagePoints(value: number): string {
  return `${ONE_DECIMAL.format(Math.abs(value))} poin persen`;
}

/** Names of the figures in sentences. */
export const MEASURE_NAMES: Record<Measure, string> = {
  pagu: 'pagu',
  lock_pagu: 'pagu yang diblokir',
  realisasi: 'realisasi',
  realisasi_periode_ini: 'realisasi periode ini',
  sisa: 'sisa anggaran',
  serapan_persen: 'serapan',
  outstanding: 'outstanding',
  komitmen: 'komitmen',
  sisa_setelah_komitmen: 'sisa setelah komitmen',
};

/** Formats one figure of a row. */
export function figure(amounts: Amounts, measure: Measure): string {
  return measure === 'serapan_persen' ? percent(amounts.serapan_persen) : rupiah(amounts[measure]);
}

/** The figures of a row as a list. */
export function figureList(amounts: Amounts): string {
  return [
    `- **Pagu:** ${rupiah(amounts.pagu)}`,
    `- **Realisasi:** ${rupiah(amounts.realisasi)} (${percent(amounts.serapan_persen)})`,
    `- **Sisa:** ${rupiah(amounts.sisa)}`,
  ].join('\n');
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** «laporan Akrual per Selasa, 24 November 2026» */
export function reportName({ type, date }: ReportRef): string {
  return `laporan ${type ?? 'realisasi'}${date ? ` per ${formatDay(date)}` : ' tanpa tanggal'}`;
}

/** The last lines of a budget answer: the report and the notes of the functions. */
export function sourceLines({ report, notes = [] }: { report: ReportRef; notes?: string[] }): string {
  return [`_Sumber: ${reportName(report)}._`, ...notes.map((note) => `_Catatan: ${escapeMarkdown(note)}_`)].join('\n');
}

export function noteLines({ notes = [] }: { notes?: string[] }): string[] {
  return notes.map((note) => `_Catatan: ${escapeMarkdown(note)}_`);
}

/** Escapes text of users and of SAPA for Markdown. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_~[\]#|<>]/g, '\\$&');
}

/** Joins the non-empty blocks of an answer. */
export function blocks(...parts: (string | false | null | undefined | readonly string[])[]): string {
  return parts
    .flat()
    .filter((part) => part)
    .join('\n\n');
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The answer after a failed function call. */
export function describeError(error: string): string {
  if (/dijangkau/i.test(error)) {
    return 'Maaf, data SAPA sedang tidak dapat dijangkau, jadi saya belum bisa menjawab. Silakan coba beberapa saat lagi.';
  }
  return `Maaf, data untuk pertanyaan ini tidak dapat saya ambil. Penjelasan fungsi: ${error}`;
}

/** The answer if the user has no such report. */
export function describeMissingReport(output: unknown): string {
  const { missing, available } = output as NoReport;
  if (missing === 'no_report') {
    return 'Belum ada laporan realisasi yang diunggah di SAPA untuk akun Anda, jadi angka anggaran belum tersedia.';
  }
  const known = new Set(available.map((report) => `- ${capitalize(reportName(report))}`));
  return ['Laporan itu belum ada di SAPA. Yang tersedia:', ...[...known].slice(0, 5)].join('\n');
}
