import { type Day, indonesianMonth, monthOf } from '../supabase/calendar.ts';
import type { ReportRef } from '../supabase/reports/reports.ts';

/** The amounts that bars can show. `serapan` in percent, `kegiatan` a count, the others in rupiah. */
export const MEASURES = ['pagu', 'realisasi', 'sisa', 'serapan', 'alokasi', 'kegiatan'] as const;
export type Measure = (typeof MEASURES)[number];

interface ChartBasis {
  /** The report of the rows; null: the activities in SAPA. */
  report: Pick<ReportRef, 'type' | 'date'> | null;
  /** What the rows are restricted to, such as «akun 52»; empty without a restriction. */
  scope: string;
}

interface RowsBasis extends ChartBasis {
  /** What a row is, such as «akun». */
  noun: string;
  /** Number of rows that the question matches; more than `rows` if only the first are shown. */
  total: number;
}

/** Months of one type of report, oldest first; months without a report are missing. */
export interface TrendChart extends ChartBasis {
  kind: 'trend';
  months: { month: string; pagu: number; realisasi: number; serapan: number | null }[];
}

/** A ranking or comparison by one measure; `value` null: a share of pagu 0. */
export interface BarChart extends RowsBasis {
  kind: 'bars';
  measure: Measure;
  rows: { name: string; value: number | null }[];
}

/** The composition of pagu: realisasi, outstanding, komitmen and what is left. */
export interface StackChart extends RowsBasis {
  kind: 'stack';
  rows: { name: string; pagu: number; realisasi: number; outstanding: number; komitmen: number; sisa: number }[];
}

/** What a chart shows: plain data, stored in the session's notes and sent to the worker that draws it. */
export type Chart = TrendChart | BarChart | StackChart;

/** The names of the segments of a StackChart, in their order. */
export const SEGMENTS = [
  ['realisasi', 'Realisasi'],
  ['outstanding', 'Outstanding'],
  ['komitmen', 'Komitmen'],
  ['sisa', 'Sisa setelah komitmen'],
] as const;

const MEASURE_NAMES: Record<Measure, string> = {
  pagu: 'Pagu',
  realisasi: 'Realisasi',
  sisa: 'Sisa',
  serapan: 'Serapan',
  alokasi: 'Alokasi',
  kegiatan: 'Jumlah kegiatan',
};

/** Returns the title, such as «Serapan per akun». */
export function chartTitle(chart: Chart): string {
  if (chart.kind === 'trend') return 'Realisasi dan pagu per bulan';
  return `${chart.kind === 'stack' ? 'Susunan pagu' : MEASURE_NAMES[chart.measure]} per ${chart.noun}`;
}

/** Returns the lines below the chart: its report, and what it leaves out. */
export function chartNotes(chart: Chart): string[] {
  const { report } = chart;
  const source = report
    ? `Laporan ${report.type ?? 'realisasi'}${report.date ? ` per ${formatDay(report.date)}` : ' tanpa tanggal'}`
    : 'Data kegiatan di SAPA';
  if (chart.kind === 'trend') {
    const missing = monthsOf(chart).filter((month) => !chart.months.some((each) => each.month === month));
    const names = missing.map((month) => indonesianMonth(month)).join(', ');
    return [source, ...(missing.length > 0 ? [`Tanpa laporan: ${names}`] : [])];
  }
  const shown = chart.rows.length;
  const legend = chart.kind === 'stack' ? ['Angka di kanan: pagu'] : [];
  return [
    source,
    ...legend,
    ...(chart.total > shown ? [`Ditampilkan ${shown} dari ${chart.total} ${chart.noun}`] : []),
  ];
}

/** Returns every month from the first to the last of a trend. */
export function monthsOf({ months }: TrendChart): string[] {
  const last = months.at(-1)?.month ?? '';
  const all: string[] = [];
  for (let month = months[0]?.month ?? ''; month !== '' && month <= last; month = nextMonth(month)) all.push(month);
  return all;
}

/** «31 Oktober 2026» */
function formatDay(day: Day): string {
  return `${Number(day.slice(8))} ${indonesianMonth(monthOf(day))}`;
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
