import type { Activity, ActivityList, ActivitySelection } from '../../supabase/activities/activities.ts';
import type { Allocation } from '../../supabase/activities/allocations.ts';
import {
  type ActivityFilter,
  computeStatistics,
  filterActivities,
  isOverdue,
  sortActivities,
  totalAllocation,
} from '../../supabase/activities/search.ts';
import { type Day, daysOfPeriod, weekdayName } from '../../supabase/calendar.ts';
import { shortenText } from './limit-result.ts';
import type { ActivityRow, Executed, ToolResults } from './results.ts';
import type { ToolArguments } from './schemas.ts';

const DEFAULT_LIMIT = 20;
/** Maximum number of activities with full texts and allocations; longer lists shorten them. */
const MAX_FULL_ACTIVITIES = 3;
/** Maximum length of a text, characters. */
const MAX_TEXT_LENGTH = { full: 4_000, short: 300 };
/** Maximum number of allocations of one activity. */
const MAX_ALLOCATIONS = { full: 200, short: 10 };

/** `search_activities`: filters, sorts and pages the user's activities. Periods are relative to `today`. */
export function searchActivities(
  list: ActivityList,
  args: ToolArguments['search_activities'],
  today: Day,
): Executed<ToolResults['search_activities']> {
  const filter = buildFilter(args, today);
  const matches = selectActivities(list, args, today);
  const offset = args.offset ?? 0;
  const page = matches.slice(offset, offset + (args.limit ?? DEFAULT_LIMIT));
  const { from: _from, to: _to, ...undatedFilter } = filter;
  const isDated = filter.from !== undefined || filter.to !== undefined;
  // A selection by date contains no activity without a date.
  const leftOut =
    isDated && !list.selection
      ? filterActivities(list.activities, { ...undatedFilter, undated: true }, today).length
      : 0;
  const ids = page.map((activity) => activity.id);
  return {
    result: {
      count: matches.length,
      shown: page.length,
      ...(offset > 0 ? { offset } : {}),
      more: offset + page.length < matches.length,
      total_allocation: totalAllocation(matches),
      activities: page.map((activity) =>
        toActivityRow(activity, page.length <= MAX_FULL_ACTIVITIES ? 'full' : 'short', today),
      ),
      ...(leftOut > 0 && args.undated !== false ? { undated_left_out: leftOut } : {}),
      ...skippedRowsField(list),
      ...notesField([...searchNotes(list, args, matches.length), ...listNotes(list)]),
    },
    evidence: { activityIds: ids, listed: { kind: 'activities', ids } },
  };
}

/** Returns all activities that meet the arguments of `search_activities`, in their order, without its page. */
export function selectActivities(list: ActivityList, args: ToolArguments['search_activities'], today: Day): Activity[] {
  const sort = args.sort ?? 'date';
  const order = args.order ?? (sort === 'allocation' ? 'desc' : 'asc');
  return sortActivities(filterActivities(list.activities, buildFilter(args, today), today), sort, order);
}

/** `activity_statistics`: counts the user's activities and sums their allocations. */
export function getActivityStatistics(list: ActivityList, today: Day): Executed<ToolResults['activity_statistics']> {
  return {
    result: {
      ...computeStatistics(list.activities, today),
      ...skippedRowsField(list),
      ...notesField([...(list.activities.length === 0 ? [NO_ACTIVITIES_NOTE] : []), ...listNotes(list)]),
    },
    evidence: {},
  };
}

/** Returns the selection that a search needs from the database, which may return more activities. */
export function toActivitySelection(args: ToolArguments['search_activities'], today: Day): ActivitySelection {
  const { from, to, status } = buildFilter(args, today);
  return { from, to, status: status?.trim().toLowerCase() === 'draft' ? undefined : status };
}

const NO_ACTIVITIES_NOTE = 'Belum ada kegiatan pengguna yang tercatat di SAPA.';

function buildFilter(args: ToolArguments['search_activities'], today: Day): ActivityFilter {
  const { period, from, to, sort: _sort, order: _order, limit: _limit, offset: _offset, ...others } = args;
  const named = period ? daysOfPeriod(period, today) : undefined;
  // With a period and dates: the days that are in both.
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
  if (list.activities.length === 0 && !list.selection) return [NO_ACTIVITIES_NOTE];
  if (count > 0) return [];
  const sentences = ['Tidak ada kegiatan yang cocok.'];
  const statuses = [...new Set(list.activities.map((activity) => activity.status))];
  const { status } = args;
  if (
    status !== undefined &&
    !list.selection &&
    !statuses.some((known) => known.toLowerCase() === status.toLowerCase())
  ) {
    sentences.push(`Status yang ada: ${statuses.slice(0, 10).join(', ')}.`);
  }
  if (args.keyword?.includes(' ')) sentences.push('keyword dicari sebagai satu frasa; coba satu kata saja.');
  return sentences;
}

/** Returns sentences about what a list leaves out. */
export function listNotes(list: ActivityList): string[] {
  return [
    ...(list.selection ? [SELECTION_NOTE] : []),
    ...(list.skippedRows > 0 ? ['Ada kegiatan yang tidak terbaca dan tidak ikut dihitung.'] : []),
    ...(list.skippedDates > 0 ? ['Ada tanggal yang tidak terbaca; kegiatannya dianggap belum bertanggal.'] : []),
    ...(list.skippedAllocations > 0 ? ['Ada alokasi yang tidak terbaca dan tidak ikut dijumlahkan.'] : []),
  ];
}

const SELECTION_NOTE =
  'Data kegiatan pengguna terlalu besar, jadi hanya kegiatan menurut tanggal dan status yang diminta yang dibaca; ' +
  'kegiatan tanpa tanggal tidak ikut bila ada batas tanggal.';

function skippedRowsField(list: ActivityList): { skipped_rows?: number } {
  return list.skippedRows > 0 ? { skipped_rows: list.skippedRows } : {};
}

/** Returns the field `notes`, or nothing if there are no sentences. */
export function notesField(sentences: string[]): { notes?: string[] } {
  return sentences.length > 0 ? { notes: sentences } : {};
}

function toActivityRow(activity: Activity, size: 'full' | 'short', today: Day): ActivityRow {
  const text = (value: string | null) => (value === null ? null : shortenText(value, MAX_TEXT_LENGTH[size]));
  return {
    id: activity.id,
    nama: shortenText(activity.nama, MAX_TEXT_LENGTH[size]),
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
    allocations: activity.allocations.slice(0, MAX_ALLOCATIONS[size]).map(shortenAllocation),
  };
}

function shortenAllocation(allocation: Allocation): Allocation {
  const { kode, uraian } = allocation;
  return {
    ...allocation,
    kode: shortenText(kode, MAX_TEXT_LENGTH.short),
    uraian: shortenText(uraian, MAX_TEXT_LENGTH.short),
  };
}
