import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { addDays, type Day, parseDay } from '../calendar.ts';
import { parseText } from '../fields.ts';
import {
  createPaging,
  type ListQuery,
  type Paging,
  type RowReader,
  readPages,
  type SkippedRows,
  textBytes,
} from '../paging.ts';
import {
  ALLOCATION_COLUMNS,
  type Allocation,
  allocationBytes,
  embeddedRows,
  parseAllocation,
  readAllocations,
} from './allocations.ts';

/** One activity of the user. `status` has the spelling of STATUSES if it is one of them; Draft if SAPA has no status. */
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
const STATUSES = ['Rencana', 'Komitmen', 'Outstanding', 'Terbayar', 'Selesai', 'Draft'] as const;
const STATUS_BY_LOWER_CASE = new Map<string, string>(STATUSES.map((status) => [status.toLowerCase(), status]));

/** The columns of `activities` that the service reads, with the embedded allocations. */
export const ACTIVITY_COLUMNS =
  'id,user_id,nama,status,tanggal_pelaksanaan,tujuan_kegiatan,kl_unit_terkait,penanggung_jawab,capaian,' +
  `pending_issue,rencana_tindak_lanjut,allocations(${ALLOCATION_COLUMNS})`;
/** The columns for the sums of outstanding and committed money, without the long texts. */
const COMMITMENT_COLUMNS = `id,user_id,status,allocations(${ALLOCATION_COLUMNS})`;

const Id = Type.Union([Type.String({ minLength: 1 }), Type.Number()]);
// Only the required fields; each other field is parsed separately, so that one invalid value does not drop the row.
const activityRowValidator = Compile(Type.Object({ id: Id, user_id: Id }));

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
  const list = await readList(read, (client) => {
    let query = client.from('activities').select(ACTIVITY_COLUMNS, { count: 'exact' }).eq('user_id', read.userId);
    // A timestamp with a time zone may belong to the next or previous day of ours.
    if (from) query = query.gte('tanggal_pelaksanaan', addDays(from, -1));
    if (to) query = query.lt('tanggal_pelaksanaan', addDays(to, 2));
    // A character with a meaning in LIKE matches any one character.
    if (status) query = query.ilike('status', `%${status.trim().replace(/[*%_\\]/g, '_')}%`);
    return query;
  });
  return selection ? { ...list, selection } : list;
}

/**
 * Reads the activities of `userId` that are outstanding or committed, with status and allocations only.
 * @throws SapaUnavailableError, SapaTooLargeError
 */
export async function readCommittedActivities(read: ActivityRead): Promise<ActivityList> {
  return readList(read, (client) =>
    client
      .from('activities')
      .select(COMMITMENT_COLUMNS, { count: 'exact' })
      .eq('user_id', read.userId)
      .or('status.ilike.*outstanding*,status.ilike.*komitmen*'),
  );
}

async function readList(read: ActivityRead, build: ListQuery['build']): Promise<ActivityList> {
  const { reader, userId, timezone, maxBytes = Infinity, paging = createPaging(), signal, onSkippedRows } = read;
  const list: ActivityList = { activities: [], skippedRows: 0, skippedDates: 0, skippedAllocations: 0, bytes: 0 };
  const incomplete = new Map<string, Activity>();
  const onPage = (rows: readonly unknown[]) => {
    for (const row of rows) paging.longestList = Math.max(paging.longestList, embeddedRows(row).length);
  };
  const addRow = (row: unknown) => {
    if (!activityRowValidator.Check(row) || String(row.user_id) !== userId) {
      list.skippedRows++;
      return 0;
    }
    const activity = parseActivity(row, list, timezone);
    list.activities.push(activity);
    const embedded = embeddedRows(row);
    // A list as long as the longest one may be truncated at the server's «Max Rows».
    if (embedded.length > 0 && embedded.length === paging.longestList) incomplete.set(activity.id, activity);
    else for (const allocation of embedded) addAllocation(activity, allocation, list);
    return estimateBytes(activity);
  };
  list.bytes = await readPages(reader, { operation: 'activities', build, onPage, addRow, maxBytes, paging, signal });
  const limits = { maxBytes: maxBytes - list.bytes, paging, signal };
  list.bytes += await readAllocations(reader, [...incomplete.keys()], limits, (activityId, row) => {
    const activity = incomplete.get(activityId);
    return activity ? addAllocation(activity, row, list) : 0;
  });
  if (list.skippedRows) onSkippedRows?.('activities', list.skippedRows);
  if (list.skippedDates) onSkippedRows?.('activities.tanggal_pelaksanaan', list.skippedDates);
  if (list.skippedAllocations) onSkippedRows?.('allocations', list.skippedAllocations);
  return list;
}

/** Memory of an activity without its texts and allocations, in bytes (measured). */
const ACTIVITY_BYTES = 340;

function estimateBytes(activity: Activity): number {
  const { nama, status, penanggung_jawab, kl_unit_terkait, tujuan, capaian, pending_issue } = activity;
  const texts = [nama, status, penanggung_jawab, kl_unit_terkait, tujuan, capaian, pending_issue];
  let bytes = ACTIVITY_BYTES + textBytes(activity.rencana_tindak_lanjut);
  for (const text of texts) bytes += textBytes(text);
  for (const allocation of activity.allocations) bytes += allocationBytes(allocation);
  return bytes;
}

function parseActivity(
  row: Record<string, unknown> & { id: string | number },
  list: ActivityList,
  timezone: string,
): Activity {
  const tanggal = parseDay(row.tanggal_pelaksanaan, timezone) ?? null;
  if (tanggal === null && parseText(row.tanggal_pelaksanaan) !== null) list.skippedDates++;
  return {
    id: String(row.id),
    nama: parseText(row.nama) ?? '(tanpa nama)',
    status: normalizeStatus(row.status),
    tanggal,
    penanggung_jawab: parseText(row.penanggung_jawab),
    kl_unit_terkait: parseText(row.kl_unit_terkait),
    tujuan: parseText(row.tujuan_kegiatan),
    capaian: parseText(row.capaian),
    pending_issue: parseText(row.pending_issue),
    rencana_tindak_lanjut: parseText(row.rencana_tindak_lanjut),
    total_alokasi: 0,
    allocations: [],
  };
}

/** Adds an allocation to its activity, or counts it as skipped. @returns its memory in bytes */
function addAllocation(activity: Activity, row: unknown, list: ActivityList): number {
  const allocation = parseAllocation(row);
  if (!allocation) {
    list.skippedAllocations++;
    return 0;
  }
  activity.allocations.push(allocation);
  activity.total_alokasi += allocation.jumlah;
  return allocationBytes(allocation);
}

/** Normalizes the spelling of a known status; keeps the first MAX_STATUS_LENGTH characters of others. @returns Draft when there is no status */
function normalizeStatus(value: unknown): string {
  const text = parseText(value);
  if (text === null) return 'Draft';
  // A copy: a slice would keep the whole text in memory.
  if (text.length > MAX_STATUS_LENGTH) return Buffer.from(text.slice(0, MAX_STATUS_LENGTH)).toString();
  return STATUS_BY_LOWER_CASE.get(text.toLowerCase()) ?? text;
}
