import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { type BudgetCode, parseBudgetCode } from '../budget/budget-code.ts';
import { parseAmountOrZero } from '../fields.ts';
import { type Paging, type RowReader, readPages, textBytes } from '../paging.ts';

/** Money allocated to an activity under one budget code; `jumlah` in rupiah. */
export interface Allocation extends BudgetCode {
  jumlah: number;
}

/** The columns of an allocation, embedded in its activity or read by itself. */
export const ALLOCATION_COLUMNS = 'id,kode,uraian,jumlah';

/** Memory of an allocation without its texts and with its share of the sums by account and code, in bytes (measured). */
const ALLOCATION_BYTES = 200;
/** Maximum activities of one request: their ids must fit into its URL (8 KB at Supabase's gateway). */
const MAX_IDS = 100;

const allocationRowValidator = Compile(Type.Object({ kode: Type.String({ minLength: 1 }), jumlah: Type.Unknown() }));

/** Estimated memory of an allocation, in bytes. */
export function allocationBytes({ kode, uraian }: Allocation): number {
  return ALLOCATION_BYTES + textBytes(kode) + textBytes(uraian);
}

/** Parses a row of the table. @returns undefined when its code is missing or its amount is unreadable */
export function parseAllocation(row: unknown): Allocation | undefined {
  if (!allocationRowValidator.Check(row)) return undefined;
  const jumlah = parseAmountOrZero(row.jumlah);
  if (jumlah === undefined) return undefined;
  return { ...parseBudgetCode(row.kode, Reflect.get(row, 'uraian')), jumlah };
}

/** Returns the rows that PostgREST embedded in an activity. */
export function embeddedRows(activity: unknown): unknown[] {
  const rows: unknown = typeof activity === 'object' && activity !== null ? Reflect.get(activity, 'allocations') : null;
  return Array.isArray(rows) ? rows : [];
}

/**
 * Reads all allocations of the given activities page by page, and passes each row to `addRow`. Call it for activities
 * whose embedded list may be truncated: PostgREST truncates embedded lists at «Max Rows» without any sign.
 * @returns the sum of what `addRow` returned, in bytes
 * @throws SapaUnavailableError, SapaTooLargeError
 */
export async function readAllocations(
  reader: RowReader,
  activityIds: readonly string[],
  limits: { maxBytes: number; paging: Paging; signal?: AbortSignal | undefined },
  addRow: (activityId: string, row: unknown) => number,
): Promise<number> {
  let bytes = 0;
  for (let at = 0; at < activityIds.length; at += MAX_IDS) {
    const ids = activityIds.slice(at, at + MAX_IDS);
    bytes += await readPages(reader, {
      ...limits,
      // The rows belong to the list of activities, and so does an error about its size.
      operation: 'activities',
      maxBytes: limits.maxBytes - bytes,
      build: (client) =>
        client
          .from('allocations')
          .select(`activity_id,${ALLOCATION_COLUMNS}`, { count: 'exact' })
          .in('activity_id', ids),
      addRow: (row) => addRow(String(Reflect.get(Object(row), 'activity_id')), row),
    });
  }
  return bytes;
}
