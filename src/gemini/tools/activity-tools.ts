import type { Activity, ActivityList, ActivitySelection, Allocation } from '../../supabase/activities/activities.ts';
import {
  type ActivityFilter,
  activityStatistics,
  filterActivities,
  isOverdue,
  sortActivities,
  totalAllocation,
} from '../../supabase/activities/search.ts';
import { type Day, daysOfPeriod, weekdayName } from '../../supabase/calendar.ts';
import type { ActivityRow, Executed, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';

const PAGE = 20;
/** Up to this many activities are shown in full; in longer lists texts and allocations are shortened. */
const SHOWN_IN_FULL = 3;
const TEXT = { full: 4000, short: 300 };
const ALLOCATIONS = { full: 200, short: 10 };

/** `search_activities` over all activities of the user; days are seen from `today`. */
export function searchActivities(
  list: ActivityList,
  args: ToolArguments['search_activities'],
  today: Day,
): Executed<ToolResults['search_activities']> {
  const filter = filterOf(args, today);
  const matches = filterActivities(list.activities, filter, today);
  const sort = args.sort ?? 'date';
  const order = args.order ?? (sort === 'allocation' ? 'desc' : 'asc');
  const offset = args.offset ?? 0;
  const page = sortActivities(matches, sort, order).slice(offset, offset + (args.limit ?? PAGE));
  const { from: _from, to: _to, ...undatedFilter } = filter;
  const dated = filter.from !== undefined || filter.to !== undefined;
  // A selection by date contains no activity without a date.
  const leftOut =
    dated && !list.selection ? filterActivities(list.activities, { ...undatedFilter, undated: true }, today).length : 0;
  const ids = page.map((activity) => activity.id);
  return {
    result: {
      count: matches.length,
      shown: page.length,
      ...(offset > 0 ? { offset } : {}),
      more: offset + page.length < matches.length,
      total_allocation: totalAllocation(matches),
      activities: page.map((activity) => rowOf(activity, page.length <= SHOWN_IN_FULL ? 'full' : 'short', today)),
      ...(leftOut > 0 && args.undated !== false ? { undated_left_out: leftOut } : {}),
      ...skippedRows(list),
      ...notes([...searchNotes(list, args, matches.length), ...listNotes(list)]),
    },
    evidence: { activityIds: ids, listed: { kind: 'activities', ids } },
  };
}

/** `activity_statistics` over all activities of the user. */
export function statisticsOfActivities(list: ActivityList, today: Day): Executed<ToolResults['activity_statistics']> {
  return {
    result: {
      ...activityStatistics(list.activities, today),
      ...skippedRows(list),
      ...notes([...(list.activities.length === 0 ? [NO_ACTIVITIES] : []), ...listNotes(list)]),
    },
    evidence: {},
  };
}

/** The part of the activities that a search needs; the database may select more. */
export function selectionOf(args: ToolArguments['search_activities'], today: Day): ActivitySelection {
  const { from, to, status } = filterOf(args, today);
  return { from, to, status: status?.trim().toLowerCase() === 'draft' ? undefined : status };
}

const NO_ACTIVITIES = 'Belum ada kegiatan pengguna yang tercatat di SAPA.';

function filterOf(args: ToolArguments['search_activities'], today: Day): ActivityFilter {
  const { period, from, to, sort: _sort, order: _order, limit: _limit, offset: _offset, ...others } = args;
  const named = period ? daysOfPeriod(period, today) : undefined;
  // Both given: the days that lie in both.
  const latestFrom = [named?.from, from]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);
  const earliestTo = [named?.to, to].filter((day) => day !== undefined).sort()[0];
  return {
    ...others,
    ...(latestFrom === undefined ? {} : { from: latestFrom }),
    ...(earliestTo === undefined ? {} : { to: earliestTo }),
  };
}

function searchNotes(list: ActivityList, args: ToolArguments['search_activities'], count: number): string[] {
  if (list.activities.length === 0 && !list.selection) return [NO_ACTIVITIES];
  if (count > 0) return [];
  const said = ['Tidak ada kegiatan yang cocok.'];
  const statuses = [...new Set(list.activities.map((activity) => activity.status))];
  const { status } = args;
  if (
    status !== undefined &&
    !list.selection &&
    !statuses.some((known) => known.toLowerCase() === status.toLowerCase())
  ) {
    said.push(`Status yang ada: ${statuses.slice(0, 10).join(', ')}.`);
  }
  if (args.keyword?.includes(' ')) said.push('keyword dicari sebagai satu frasa; coba satu kata saja.');
  return said;
}

function listNotes(list: ActivityList): string[] {
  return [
    ...(list.selection ? [SELECTION] : []),
    ...(list.skippedRows > 0 ? ['Ada kegiatan yang tidak terbaca dan tidak ikut dihitung.'] : []),
    ...(list.skippedDates > 0 ? ['Ada tanggal yang tidak terbaca; kegiatannya dianggap belum bertanggal.'] : []),
    ...(list.skippedAllocations > 0 ? ['Ada alokasi yang tidak terbaca dan tidak ikut dijumlahkan.'] : []),
  ];
}

const SELECTION =
  'Data kegiatan pengguna terlalu besar, jadi hanya kegiatan menurut tanggal dan status yang diminta yang dibaca; ' +
  'kegiatan tanpa tanggal tidak ikut bila ada batas tanggal.';

function skippedRows(list: ActivityList): { skipped_rows?: number } {
  return list.skippedRows > 0 ? { skipped_rows: list.skippedRows } : {};
}

/** The field `notes`, where there is anything to note. */
export function notes(sentences: string[]): { notes?: string[] } {
  return sentences.length > 0 ? { notes: sentences } : {};
}

function rowOf(activity: Activity, size: 'full' | 'short', today: Day): ActivityRow {
  const text = (value: string | null) => (value === null ? null : shortened(value, TEXT[size]));
  return {
    id: activity.id,
    nama: shortened(activity.nama, TEXT[size]),
    status: activity.status,
    tanggal: activity.tanggal,
    hari: activity.tanggal && weekdayName(activity.tanggal),
    terlambat: isOverdue(activity, today),
    penanggung_jawab: text(activity.penanggung_jawab),
    kl_unit_terkait: text(activity.kl_unit_terkait),
    tujuan: text(activity.tujuan),
    capaian: text(activity.capaian),
    pending_issue: text(activity.pending_issue),
    rencana_tindak_lanjut: text(activity.rencana_tindak_lanjut),
    total_alokasi: totalAllocation([activity]),
    allocations: activity.allocations.slice(0, ALLOCATIONS[size]).map(shortenedAllocation),
  };
}

function shortenedAllocation(allocation: Allocation): Allocation {
  const { kode, uraian } = allocation;
  return { ...allocation, kode: shortened(kode, TEXT.short), uraian: shortened(uraian, TEXT.short) };
}

/** A text cut to `length` characters with an ellipsis, never inside a surrogate pair. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
