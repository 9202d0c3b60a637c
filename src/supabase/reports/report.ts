import { type BudgetCode, parseBudgetCode } from '../budget/budget-code.ts';
import { parseAmountOrZero } from '../fields.ts';
import { textBytes } from '../paging.ts';
import { selectNames } from './report-names.ts';

/** The amounts of a budget row in the order of its columns, 2 to 6 of `processed_data`; rupiah. */
export const AMOUNTS = ['pagu', 'lock_pagu', 'realisasi_periode_lalu', 'realisasi_periode_ini', 'realisasi'] as const;
export type Sums = Record<(typeof AMOUNTS)[number], number>;

/** One row of a report. */
export interface ReportRow extends BudgetCode, Sums {}

/** A parsed report. */
export interface Report {
  /** In the order of `processed_data`. */
  rows: readonly ReportRow[];
  /** Names of accounts, their groups (the first 2, 3 or 4 digits) and the segments of the codes that account_name_map has. */
  names: ReadonlyMap<string, string>;
  /** Number of rows left out because of a missing code, too few columns or an invalid amount. */
  skipped: number;
  /** False if the stored value is not a list of rows. */
  readable: boolean;
  /** Estimated memory, in bytes; never too low. */
  bytes: number;
}

/** Memory of a row without its texts, in bytes: at most 237 were measured. */
const ROW_BYTES = 240;
/** Memory of a name without its text, in bytes. */
const NAME_BYTES = 150;
const COLUMNS = 2 + AMOUNTS.length;

/** Parses `processed_data` and `account_name_map`, both as values or as JSON text. Never throws. */
export function parseReport(processedData: unknown, accountNames: unknown): Report {
  const source = parseIfJsonText(processedData);
  const rows: ReportRow[] = [];
  let bytes = 0;
  let skipped = 0;
  for (const cells of Array.isArray(source) ? source : []) {
    const row = parseRow(cells);
    if (!row) {
      skipped++;
      continue;
    }
    rows.push(row);
    // The whole cells: V8 keeps the original of a trimmed text.
    for (const cell of [cells[0], cells[1]]) bytes += textBytes(typeof cell === 'string' ? cell : null);
  }
  const named = selectNames(parseIfJsonText(accountNames), rows);
  for (const [, name] of named) bytes += NAME_BYTES + textBytes(name);
  return {
    rows,
    names: new Map(named.map(([key, name]) => [key, name.trim()])),
    skipped,
    readable: Array.isArray(source),
    bytes: bytes + rows.length * ROW_BYTES,
  };
}

/** @returns undefined when the row has no code, too few columns or an invalid amount */
function parseRow(cells: unknown): ReportRow | undefined {
  if (!Array.isArray(cells) || cells.length < COLUMNS) return undefined;
  const [kode, uraian] = cells;
  const amounts = cells.slice(2, COLUMNS).map(parseAmountOrZero);
  if (typeof kode !== 'string' || !kode.trim() || !amounts.every((amount) => amount !== undefined)) return undefined;
  const [pagu = 0, lock_pagu = 0, realisasi_periode_lalu = 0, realisasi_periode_ini = 0, realisasi = 0] = amounts;
  const code = parseBudgetCode(kode, uraian);
  return { ...code, pagu, lock_pagu, realisasi_periode_lalu, realisasi_periode_ini, realisasi };
}

function parseIfJsonText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
