import Type from 'typebox';
import { checkOf } from '../schema-check.ts';
import { accountOf } from './account.ts';
import { type Day, parseDay } from './calendar.ts';
import { amountOrZero, textOf } from './fields.ts';
import { type RowReader, readPages, type SkippedRows } from './read-rows.ts';

/** Money set aside for an activity under one budget code; `jumlah` in rupiah. */
export interface Allocation {
  kode: string;
  account: string;
  uraian: string;
  jumlah: number;
}

/** One activity of the user. `status` is written as STATUSES has it where it is one of them; Draft where SAPA has none. */
export interface Activity {
  id: string;
  nama: string;
  status: string;
  tanggal: Day | null;
  penanggung_jawab: string | null;
  kl_unit_terkait: string | null;
  tujuan: string | null;
  capaian: string | null;
  pending_issue: string | null;
  rencana_tindak_lanjut: string | null;
  total_alokasi: number;
  allocations: Allocation[];
}

/** All activities of one user, and how many rows, dates and allocations of theirs could not be understood. */
export interface ActivityList {
  activities: Activity[];
  skippedRows: number;
  skippedDates: number;
  skippedAllocations: number;
}

/** The statuses that SAPA writes, and Draft for none. */
export const STATUSES = ['Rencana', 'Komitmen', 'Outstanding', 'Terbayar', 'Selesai', 'Draft'] as const;
const SPELLING = new Map<string, string>(STATUSES.map((status) => [status.toLowerCase(), status]));

const COLUMNS =
  'id,user_id,nama,status,tanggal_pelaksanaan,tujuan_kegiatan,kl_unit_terkait,penanggung_jawab,capaian,' +
  'pending_issue,rencana_tindak_lanjut,allocations(id,kode,uraian,jumlah)';

const Id = Type.Union([Type.String({ minLength: 1 }), Type.Number()]);
// Only what a row can't do without; every other field is understood as far as possible, one by one.
const ActivityRow = checkOf(Type.Object({ id: Id, user_id: Id }));
const AllocationRow = checkOf(Type.Object({ kode: Type.String({ minLength: 1 }), jumlah: Type.Unknown() }));

/**
 * Reads all activities of `userId` with their allocations, in pages. The user is bound in the query and checked again in
 * every row that comes back: the key bypasses row-level security. @throws SapaUnreachable
 */
export async function readActivities(options: {
  reader: RowReader;
  userId: string;
  timezone: string;
  signal?: AbortSignal | undefined;
  onSkippedRows?: SkippedRows | undefined;
}): Promise<ActivityList> {
  const { userId } = options;
  const rows = await readPages(
    options.reader,
    'activities',
    (client, from, to) => client.from('activities').select(COLUMNS).eq('user_id', userId).order('id').range(from, to),
    options.signal,
  );
  const list: ActivityList = { activities: [], skippedRows: 0, skippedDates: 0, skippedAllocations: 0 };
  for (const row of rows) {
    if (ActivityRow.fits(row) && String(row.user_id) === userId) {
      list.activities.push(understood(row, list, options.timezone));
    } else {
      list.skippedRows++;
    }
  }
  if (list.skippedRows) options.onSkippedRows?.('activities', list.skippedRows);
  if (list.skippedDates) options.onSkippedRows?.('activities.tanggal_pelaksanaan', list.skippedDates);
  if (list.skippedAllocations) options.onSkippedRows?.('allocations', list.skippedAllocations);
  return list;
}

function understood(
  row: Record<string, unknown> & { id: string | number },
  list: ActivityList,
  timezone: string,
): Activity {
  const tanggal = parseDay(row.tanggal_pelaksanaan, timezone) ?? null;
  if (tanggal === null && textOf(row.tanggal_pelaksanaan) !== null) list.skippedDates++;
  const allocations = allocationsOf(row.allocations, list);
  return {
    id: String(row.id),
    nama: textOf(row.nama) ?? '(tanpa nama)',
    status: statusName(row.status),
    tanggal,
    penanggung_jawab: textOf(row.penanggung_jawab),
    kl_unit_terkait: textOf(row.kl_unit_terkait),
    tujuan: textOf(row.tujuan_kegiatan),
    capaian: textOf(row.capaian),
    pending_issue: textOf(row.pending_issue),
    rencana_tindak_lanjut: textOf(row.rencana_tindak_lanjut),
    total_alokasi: allocations.reduce((sum, allocation) => sum + allocation.jumlah, 0),
    allocations,
  };
}

function allocationsOf(value: unknown, list: ActivityList): Allocation[] {
  const allocations: Allocation[] = [];
  for (const row of Array.isArray(value) ? value : []) {
    const jumlah = AllocationRow.fits(row) ? amountOrZero(row.jumlah) : undefined;
    if (jumlah === undefined) {
      list.skippedAllocations++;
      continue;
    }
    const kode = row.kode.trim();
    allocations.push({ kode, account: accountOf(kode), uraian: textOf(row.uraian) ?? '', jumlah });
  }
  return allocations;
}

/** A status as it is shown and counted: the known ones in one spelling, others as they are, none as Draft. */
export function statusName(value: unknown): string {
  const text = textOf(value);
  if (text === null) return 'Draft';
  return SPELLING.get(text.toLowerCase()) ?? text;
}
