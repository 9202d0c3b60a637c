import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { parseAccount } from '../budget/account-code.ts';
import { addDays, type Day, parseDay } from '../calendar.ts';
import type { QueryBuilder } from '../client.ts';
import { amountOrZero, textOf } from '../fields.ts';
import { type Paging, type RowReader, readPages, type SkippedRows, textBytes } from '../paging.ts';

/** Money allocated to an activity under one budget code; `jumlah` in rupiah. */
export interface Allocation {
  kode: string;
  account: string;
  uraian: string;
  jumlah: number;
}

/** One activity of the user. `status` has the spelling of STATUSES if it is one of them; Draft if SAPA has none. */
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

/** Activities of one user, and how many rows, dates and allocations could not be parsed. */
export interface ActivityList {
  activities: Activity[];
  skippedRows: number;
  skippedDates: number;
  skippedAllocations: number;
  /** Estimated memory of the list, in bytes. */
  bytes: number;
  /** Set if only this selection was read, because all activities of the user exceed the limit. */
  selection?: ActivitySelection;
}

/**
 * A part of a user's activities that the database selects. It may return more (dates one day off, statuses that contain
 * the text): filter the result again.
 */
export interface ActivitySelection {
  from?: Day | undefined;
  to?: Day | undefined;
  /** Not Draft, which means a missing status. */
  status?: string | undefined;
}

/** Maximum length of a status, in characters: statistics and filters use it as a key. */
const MAX_STATUS_LENGTH = 100;
/** The statuses that SAPA writes, and Draft for a missing one. */
export const STATUSES = ['Rencana', 'Komitmen', 'Outstanding', 'Terbayar', 'Selesai', 'Draft'] as const;
const STATUS_BY_LOWER_CASE = new Map<string, string>(STATUSES.map((status) => [status.toLowerCase(), status]));

const COLUMNS =
  'id,user_id,nama,status,tanggal_pelaksanaan,tujuan_kegiatan,kl_unit_terkait,penanggung_jawab,capaian,' +
  'pending_issue,rencana_tindak_lanjut,allocations(id,kode,uraian,jumlah)';
/** The columns for the sums of outstanding and committed money, without the long texts. */
const COMMITMENT_COLUMNS = 'id,user_id,status,allocations(id,kode,uraian,jumlah)';

const Id = Type.Union([Type.String({ minLength: 1 }), Type.Number()]);
// Only the required fields; each other field is parsed separately, so that one invalid value does not drop the row.
const activityRowValidator = Compile(Type.Object({ id: Id, user_id: Id }));
const allocationRowValidator = Compile(Type.Object({ kode: Type.String({ minLength: 1 }), jumlah: Type.Unknown() }));

/** The user whose activities are read, the reader and the limits. */
export interface ActivityRead {
  reader: RowReader;
  userId: string;
  timezone: string;
  /** Maximum memory of the list, in bytes (default: no limit). */
  maxBytes?: number | undefined;
  paging?: Paging | undefined;
  signal?: AbortSignal | undefined;
  onSkippedRows?: SkippedRows | undefined;
}

/**
 * Reads the activities of `userId` with their allocations page by page: all of them, or a selection. The user is bound in
 * the query and checked again in every row, because the key bypasses row-level security.
 * @throws SapaUnavailableError, SapaTooLargeError
 */
export async function readActivities(read: ActivityRead, selection?: ActivitySelection): Promise<ActivityList> {
  const { from, to, status } = selection ?? {};
  const list = await readList(read, (client, first, last) => {
    let query = client.from('activities').select(COLUMNS).eq('user_id', read.userId);
    // A timestamp with a time zone may belong to the next or previous day of ours.
    if (from) query = query.gte('tanggal_pelaksanaan', addDays(from, -1));
    if (to) query = query.lt('tanggal_pelaksanaan', addDays(to, 2));
    // A character with a meaning in LIKE matches any one character.
    if (status) query = query.ilike('status', `%${status.trim().replace(/[*%_\\]/g, '_')}%`);
    return query.order('id').range(first, last);
  });
  return selection ? { ...list, selection } : list;
}

/**
 * Reads the activities of `userId` that are outstanding or committed, with status and allocations only.
 * @throws SapaUnavailableError, SapaTooLargeError
 */
export async function readCommittedActivities(read: ActivityRead): Promise<ActivityList> {
  return readList(read, (client, from, to) =>
    client
      .from('activities')
      .select(COMMITMENT_COLUMNS)
      .eq('user_id', read.userId)
      .or('status.ilike.*outstanding*,status.ilike.*komitmen*')
      .order('id')
      .range(from, to),
  );
}

async function readList(
  { reader, userId, timezone, maxBytes = Infinity, paging, signal, onSkippedRows }: ActivityRead,
  build: (client: Parameters<QueryBuilder>[0], from: number, to: number) => ReturnType<QueryBuilder>,
): Promise<ActivityList> {
  const list: ActivityList = { activities: [], skippedRows: 0, skippedDates: 0, skippedAllocations: 0, bytes: 0 };
  const addRow = (row: unknown) => {
    if (!activityRowValidator.Check(row) || String(row.user_id) !== userId) {
      list.skippedRows++;
      return 0;
    }
    const activity = parseActivity(row, list, timezone);
    list.activities.push(activity);
    return estimateBytes(activity);
  };
  list.bytes = await readPages(reader, { operation: 'activities', build, addRow, maxBytes, paging, signal });
  if (list.skippedRows) onSkippedRows?.('activities', list.skippedRows);
  if (list.skippedDates) onSkippedRows?.('activities.tanggal_pelaksanaan', list.skippedDates);
  if (list.skippedAllocations) onSkippedRows?.('allocations', list.skippedAllocations);
  return list;
}

/** Memory of an activity without its texts and allocations, in bytes (measured). */
const ACTIVITY_BYTES = 340;
/** Memory of an allocation without its texts and with its share of the sums by account and code, in bytes (measured). */
const ALLOCATION_BYTES = 200;

function estimateBytes(activity: Activity): number {
  const { nama, status, penanggung_jawab, kl_unit_terkait, tujuan, capaian, pending_issue } = activity;
  const texts = [nama, status, penanggung_jawab, kl_unit_terkait, tujuan, capaian, pending_issue];
  let bytes = ACTIVITY_BYTES + textBytes(activity.rencana_tindak_lanjut);
  for (const text of texts) bytes += textBytes(text);
  for (const { kode, uraian } of activity.allocations) bytes += ALLOCATION_BYTES + textBytes(kode) + textBytes(uraian);
  return bytes;
}

function parseActivity(
  row: Record<string, unknown> & { id: string | number },
  list: ActivityList,
  timezone: string,
): Activity {
  const tanggal = parseDay(row.tanggal_pelaksanaan, timezone) ?? null;
  if (tanggal === null && textOf(row.tanggal_pelaksanaan) !== null) list.skippedDates++;
  const allocations = parseAllocations(row.allocations, list);
  return {
    id: String(row.id),
    nama: textOf(row.nama) ?? '(tanpa nama)',
    status: normalizeStatus(row.status),
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

function parseAllocations(value: unknown, list: ActivityList): Allocation[] {
  const allocations: Allocation[] = [];
  for (const row of Array.isArray(value) ? value : []) {
    const jumlah = allocationRowValidator.Check(row) ? amountOrZero(row.jumlah) : undefined;
    if (jumlah === undefined) {
      list.skippedAllocations++;
      continue;
    }
    const kode = row.kode.trim();
    allocations.push({ kode, account: parseAccount(kode), uraian: textOf(row.uraian) ?? '', jumlah });
  }
  return allocations;
}

/** Normalizes the spelling of a known status; keeps the first MAX_STATUS_LENGTH characters of others. @returns Draft when there is no status */
function normalizeStatus(value: unknown): string {
  const text = textOf(value);
  if (text === null) return 'Draft';
  // A copy: a slice would keep the whole text in memory.
  if (text.length > MAX_STATUS_LENGTH) return Buffer.from(text.slice(0, MAX_STATUS_LENGTH)).toString();
  return STATUS_BY_LOWER_CASE.get(text.toLowerCase()) ?? text;
}
