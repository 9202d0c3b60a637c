import type { ListedActivity, WholeList } from '../gemini/tools/whole-list.ts';
import type { Amounts } from '../supabase/budget/amounts.ts';
import type { TrendMonth } from '../supabase/budget/trend.ts';
import { indonesianDate, indonesianMonth, weekdayName } from '../supabase/calendar.ts';
import type { ReportRef } from '../supabase/reports/reports.ts';
import { formatNumber, formatRupiah } from '../supabase/rupiah.ts';
import { fill, type Texts } from '../texts.ts';
import { describeConditions } from './conditions.ts';
import type { Cell, Column, ColumnKind, Table } from './table.ts';

/** A column and how its cell is read from a row. */
interface Field<Row> extends Column {
  read: (row: Row) => Cell;
}

/** Width of columns in characters. */
const WIDTHS: Record<ColumnKind, number> = { text: 24, rupiah: 20, percent: 12, day: 20 };
const LONG_TEXT_WIDTH = 48;

const field = <Row>(
  header: string,
  kind: ColumnKind,
  read: (row: Row) => Cell,
  width: number = WIDTHS[kind],
): Field<Row> => ({ header, kind, width, read });

const ACTIVITY_FIELDS: Field<ListedActivity>[] = [
  field('Kegiatan', 'text', ({ nama }) => nama, LONG_TEXT_WIDTH),
  field('Tanggal', 'day', ({ tanggal }) => tanggal),
  field('Hari', 'text', ({ tanggal }) => tanggal && weekdayName(tanggal), 10),
  field('Status', 'text', ({ status }) => status, 14),
  field('Terlambat', 'text', ({ terlambat }) => (terlambat ? 'Ya' : 'Tidak'), 12),
  field('Penanggung jawab', 'text', (row) => row.penanggung_jawab),
  field('Unit terkait', 'text', (row) => row.kl_unit_terkait),
  field('Tujuan', 'text', ({ tujuan }) => tujuan, LONG_TEXT_WIDTH),
  field('Capaian', 'text', ({ capaian }) => capaian, LONG_TEXT_WIDTH),
  field('Kendala', 'text', (row) => row.pending_issue, LONG_TEXT_WIDTH),
  field('Rencana tindak lanjut', 'text', (row) => row.rencana_tindak_lanjut, LONG_TEXT_WIDTH),
  field('Total alokasi', 'rupiah', (row) => row.total_alokasi),
  field('Rincian alokasi', 'text', describeAllocations, LONG_TEXT_WIDTH),
];

const AMOUNT_FIELDS: Field<Amounts>[] = [
  field('Pagu', 'rupiah', ({ pagu }) => pagu),
  field('Lock pagu', 'rupiah', (row) => row.lock_pagu),
  field('Realisasi periode lalu', 'rupiah', (row) => row.realisasi_periode_lalu),
  field('Realisasi periode ini', 'rupiah', (row) => row.realisasi_periode_ini),
  field('Realisasi', 'rupiah', ({ realisasi }) => realisasi),
  field('Serapan', 'percent', (row) => row.serapan_persen),
  field('Sisa', 'rupiah', ({ sisa }) => sisa),
  field('Outstanding', 'rupiah', ({ outstanding }) => outstanding),
  field('Komitmen', 'rupiah', ({ komitmen }) => komitmen),
  field('Sisa setelah komitmen', 'rupiah', (row) => row.sisa_setelah_komitmen),
];

const MONTH_FIELDS: Field<TrendMonth>[] = [
  field('Bulan', 'text', ({ month }) => indonesianMonth(month)),
  field('Tanggal laporan', 'day', (row) => row.report_date),
  field('Pagu', 'rupiah', ({ pagu }) => pagu),
  field('Realisasi', 'rupiah', ({ realisasi }) => realisasi),
  field('Serapan', 'percent', (row) => row.serapan_persen),
  field('Sisa', 'rupiah', ({ sisa }) => sisa),
  field('Dibandingkan dengan', 'text', ({ change }) => change && indonesianMonth(change.since)),
  field('Perubahan pagu', 'rupiah', ({ change }) => change?.pagu ?? null),
  field('Perubahan realisasi', 'rupiah', ({ change }) => change?.realisasi ?? null),
];

/** Converts a list to a table with Indonesian headers. `title` names its report. */
export function toTable(list: WholeList): Table {
  return { title: titleOf(list), ...columnsAndRows(list), total: list.count, details: detailsOf(list) };
}

/** The text (Markdown) that accompanies the file of a list: how many rows, from which report, and whether some are missing. */
export function toListCaption(
  list: WholeList,
  rows: number,
  texts: Pick<Texts, 'downloadCaption' | 'downloadCut'>,
): string {
  const { count, kind, report } = list;
  const source = report ? `, ${formatReport(report)}` : '';
  const caption = fill(texts.downloadCaption, { count: formatNumber(count), noun: LIST_NAMES[kind], source });
  if (rows === count) return caption;
  return `${caption} ${fill(texts.downloadCut, { rows: formatNumber(rows), count: formatNumber(count) })}`;
}

function columnsAndRows(list: WholeList): Pick<Table, 'columns' | 'rows'> {
  switch (list.kind) {
    case 'activities':
      return select(list.rows, ACTIVITY_FIELDS);
    case 'budget_rows':
      return select(list.rows, [
        field('Kode', 'text', ({ kode }) => kode, 34),
        field('Akun', 'text', ({ account }) => account, 10),
        field('Nama akun', 'text', (row) => row.account_name),
        field('Uraian', 'text', ({ uraian }) => uraian, LONG_TEXT_WIDTH),
        ...AMOUNT_FIELDS,
      ]);
    case 'accounts':
      return select(list.rows, [
        field('Akun', 'text', ({ account }) => account, 10),
        field('Nama akun', 'text', ({ name }) => name, LONG_TEXT_WIDTH),
        ...AMOUNT_FIELDS,
      ]);
    case 'groups':
      return select(list.rows, [
        field('Kode', 'text', ({ code }) => code),
        field('Nama', 'text', ({ name }) => name, LONG_TEXT_WIDTH),
        ...AMOUNT_FIELDS,
      ]);
    case 'months':
      return select(list.rows, MONTH_FIELDS);
  }
}

function select<Row>(rows: readonly Row[], fields: readonly Field<Row>[]): Pick<Table, 'columns' | 'rows'> {
  return {
    columns: fields.map(({ header, kind, width }) => ({ header, kind, width })),
    rows: rows.map((row) => fields.map(({ read }) => read(row))),
  };
}

/** Names the list in the sheet and the file: «Laporan Akrual 2026-10-31», at most 31 characters. */
function titleOf({ kind, report }: WholeList): string {
  if (kind === 'activities') return 'Kegiatan';
  return ['Laporan', report?.type, report?.date].filter(Boolean).join(' ');
}

function detailsOf({ kind, report, conditions, notes }: WholeList): Table['details'] {
  const selected = describeConditions(conditions);
  return [
    ['Daftar', LIST_NAMES[kind]],
    ...(report ? reportLines(report) : []),
    ...(selected ? [['Syarat', selected] as [string, string]] : []),
    ...notes.map((note): [string, string] => ['Catatan', note]),
  ];
}

/** What the rows of a list are. */
const LIST_NAMES: Record<WholeList['kind'], string> = {
  activities: 'kegiatan',
  budget_rows: 'rincian anggaran',
  accounts: 'akun',
  groups: 'baris',
  months: 'bulan',
};

function reportLines(report: ReportRef): Table['details'] {
  const { file_name } = report;
  return [['Sumber', formatReport(report)], ...(file_name ? [['Berkas laporan', file_name] as [string, string]] : [])];
}

/** Names a report: «laporan Akrual per Sabtu, 31 Oktober 2026». */
function formatReport({ type, date }: ReportRef): string {
  return `laporan ${type ?? 'realisasi'}${date ? ` per ${indonesianDate(date)}` : ' tanpa tanggal'}`;
}

function describeAllocations({ allocations }: ListedActivity): Cell {
  return allocations.map(({ kode, jumlah }) => `${kode}: ${formatRupiah(jumlah)}`).join('; ') || null;
}
