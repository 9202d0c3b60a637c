import { addDays, type Day, type DayRange, weekOf } from '../calendar.ts';
import { toSen } from '../rupiah.ts';
import type { Activity } from './activities.ts';

/** Search conditions; an activity must meet all that are given. */
export interface ActivityFilter {
  /** First and last day, both included; either may be missing. */
  from?: Day;
  to?: Day;
  status?: string;
  /** In any of the seven text fields, or equal to the activity's id; ignores case. */
  keyword?: string;
  overdue?: boolean;
  undated?: boolean;
  has_issue?: boolean;
}

/** Overdue (terlambat): dated before today and neither paid nor finished. */
export function isOverdue(activity: Activity, today: Day): boolean {
  return activity.tanggal !== null && activity.tanggal < today && !isDone(activity);
}

/** Whether an activity's day is within a range; false for an activity without a day. */
export function isWithin(activity: Activity, range: DayRange): boolean {
  return activity.tanggal !== null && activity.tanggal >= range.from && activity.tanggal <= range.to;
}

/** Returns the activities that meet the whole filter, in the given order. */
export function filterActivities(activities: readonly Activity[], filter: ActivityFilter, today: Day): Activity[] {
  const keyword = filter.keyword === undefined ? undefined : normalizeForSearch(filter.keyword);
  const status = filter.status?.trim().toLowerCase();
  const range = { from: filter.from ?? '0000', to: filter.to ?? '9999-99' };
  const dated = filter.from !== undefined || filter.to !== undefined;
  return activities.filter(
    (activity) =>
      (!dated || isWithin(activity, range)) &&
      (status === undefined || activity.status.toLowerCase() === status) &&
      (filter.overdue === undefined || isOverdue(activity, today) === filter.overdue) &&
      (filter.undated === undefined || (activity.tanggal === null) === filter.undated) &&
      (filter.has_issue === undefined || hasIssue(activity) === filter.has_issue) &&
      (keyword === undefined || matchesKeyword(activity, keyword)),
  );
}

/** Sorts by day (activities without a day last in both orders) or by allocated rupiah; stable. */
export function sortActivities(
  activities: readonly Activity[],
  sort: 'date' | 'allocation',
  order: 'asc' | 'desc',
): Activity[] {
  const sign = order === 'asc' ? 1 : -1;
  if (sort === 'allocation') return activities.toSorted((a, b) => sign * (a.total_alokasi - b.total_alokasi));
  return activities.toSorted((a, b) => {
    if (a.tanggal === b.tanggal) return 0;
    if (a.tanggal === null) return 1;
    if (b.tanggal === null) return -1;
    return a.tanggal < b.tanggal ? -sign : sign;
  });
}

/** Sum of the allocations of activities, in rupiah. */
export function totalAllocation(activities: readonly Activity[]): number {
  return toSen(activities.reduce((sum, activity) => sum + activity.total_alokasi, 0));
}

/** The result of `activity_statistics` over all activities of a user; allocations in rupiah. */
export interface ActivityStatistics {
  total: number;
  by_status: Record<string, number>;
  today: number;
  this_week: number;
  next_week: number;
  overdue: number;
  undated: number;
  total_allocation: number;
  allocation_by_status: Record<string, number>;
}

/** Counts and sums all activities; periods are relative to `today`. */
export function computeStatistics(activities: readonly Activity[], today: Day): ActivityStatistics {
  const count = (meets: (activity: Activity) => boolean) => activities.filter(meets).length;
  const nextWeek = weekOf(addDays(today, 7));
  const groups = groupByStatus(activities);
  return {
    total: activities.length,
    by_status: Object.fromEntries([...groups].map(([status, group]) => [status, group.length])),
    today: count((activity) => activity.tanggal === today),
    this_week: count((activity) => isWithin(activity, weekOf(today))),
    next_week: count((activity) => isWithin(activity, nextWeek)),
    overdue: count((activity) => isOverdue(activity, today)),
    undated: count((activity) => activity.tanggal === null),
    total_allocation: totalAllocation(activities),
    allocation_by_status: Object.fromEntries([...groups].map(([status, group]) => [status, totalAllocation(group)])),
  };
}

/** Groups activities by status, ignoring case; the first spelling of a status becomes its key. */
function groupByStatus(activities: readonly Activity[]): Map<string, Activity[]> {
  const groups = new Map<string, Activity[]>();
  const spellings = new Map<string, string>();
  for (const activity of activities) {
    const key = activity.status.toLowerCase();
    const name = spellings.get(key) ?? activity.status;
    spellings.set(key, name);
    const group = groups.get(name);
    if (group) group.push(activity);
    else groups.set(name, [activity]);
  }
  return groups;
}

function isDone(activity: Activity): boolean {
  const status = activity.status.toLowerCase();
  return status === 'terbayar' || status === 'selesai';
}

/** Ignores texts without a letter or digit: people fill empty form fields with a dash or a dot. */
function hasIssue(activity: Activity): boolean {
  return activity.pending_issue !== null && /[\p{L}\p{N}]/u.test(activity.pending_issue);
}

function matchesKeyword(activity: Activity, keyword: string): boolean {
  const fields = [
    activity.nama,
    activity.tujuan,
    activity.kl_unit_terkait,
    activity.penanggung_jawab,
    activity.capaian,
    activity.pending_issue,
    activity.rencana_tindak_lanjut,
  ];
  return (
    activity.id.toLowerCase() === keyword ||
    fields.some((field) => field !== null && normalizeForSearch(field).includes(keyword))
  );
}

/** Converts to lower case with one space between words. */
export function normalizeForSearch(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}
