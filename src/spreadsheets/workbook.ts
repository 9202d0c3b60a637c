import type { Blob } from 'node:buffer';
import type Stream from 'node:stream';
import writeExcelFile, { type CellObject, type Feature } from 'write-excel-file/node';
import {
  getCellAddress,
  getOrderOfSiblings,
  getSelfClosingTagMarkup,
  insertElementMarkupAccordingToOrderOfSiblings,
} from 'write-excel-file/utility';
import { formatNumber } from '../supabase/rupiah.ts';
import { type Cell, type ColumnKind, type Table, toCellText, toSheetName } from './table.ts';

/** Name of the sheet that describes the rows. */
const DETAILS_SHEET = 'Keterangan';
const SHEET_FILE = 'xl/worksheets/sheet{id}.xml';
/** Locale 421 is Indonesian: names of months and the currency. Excel takes the separators from the computer's settings. */
const FORMATS: Record<Exclude<ColumnKind, 'text'>, string> = {
  rupiah: '[$Rp-421]#,##0;-[$Rp-421]#,##0',
  percent: '0.00%',
  day: '[$-421]d mmmm yyyy',
};
type SheetFeature = Feature<Stream | Buffer | Blob>;

const HEADER_STYLE = { fontWeight: 'bold', backgroundColor: '#D9E8F6', wrap: true, alignVertical: 'center' } as const;

/** Builds the workbook (XLSX) of a table: header row, filter, frozen first row, and a sheet with the details. */
export async function buildWorkbook({ title, columns, rows, total, details }: Table): Promise<Uint8Array> {
  const header = columns.map((column): CellObject => ({ value: column.header, type: String, ...HEADER_STYLE }));
  const body = rows.map((row) => columns.map(({ kind }, index) => toCell(row[index] ?? null, kind)));
  const name = toSheetName(title);
  const sheets = [
    {
      sheet: name,
      data: [header, ...body],
      columns: columns.map(({ width }) => ({ width })),
      stickyRowsCount: 1,
    },
    {
      sheet: name.toLowerCase() === DETAILS_SHEET.toLowerCase() ? `${DETAILS_SHEET} 2` : DETAILS_SHEET,
      data: [...details, countLine(rows.length, total)].map(([label, value]): CellObject[] => [
        { value: label, type: String, fontWeight: 'bold' },
        { value: toCellText(value), type: String, wrap: true },
      ]),
      columns: [{ width: 24 }, { width: 80 }],
    },
  ];
  const filter = `A1:${getCellAddress(rows.length, columns.length - 1)}`;
  return await writeExcelFile(sheets, { features: [withFilter(filter)] }).toBuffer();
}

function countLine(rows: number, total: number): [string, string] {
  const count = formatNumber(rows);
  return [
    'Jumlah baris',
    rows < total ? `${count} baris pertama dari ${formatNumber(total)}; sisanya tidak dimuat` : count,
  ];
}

function toCell(value: Cell, kind: ColumnKind): CellObject | null {
  if (value === null || value === '') return null;
  if (kind === 'text') return { value: toCellText(String(value)), type: String };
  const format = FORMATS[kind];
  if (kind === 'day') return { value: new Date(`${value}T00:00:00Z`), type: Date, format };
  // Rounds to six decimals: a percentage has four, and dividing by 100 adds two.
  const amount = kind === 'percent' ? Number((Number(value) / 100).toFixed(6)) : Number(value);
  return { value: amount, type: Number, format };
}

/** Adds a filter to the first sheet; the library does not support filters. */
function withFilter(ref: string): SheetFeature {
  return {
    files: {
      transform: {
        [SHEET_FILE]: {
          transform(xml, _options, { sheetIndex }) {
            if (sheetIndex > 0) return xml;
            const markup = getSelfClosingTagMarkup('autoFilter', { ref });
            const order = getOrderOfSiblings(SHEET_FILE, 'worksheet');
            return insertElementMarkupAccordingToOrderOfSiblings(xml, markup, order ?? [], 'worksheet');
          },
        },
      },
    },
  };
}
