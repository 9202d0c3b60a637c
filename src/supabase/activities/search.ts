import { addDays, type Day, type DayRange, weekOf } from '../calendar.ts';
import { toSen } from '../rupiah.ts';
import type { Activity } from './activities.ts';

/** What activities can be searched by; every condition given must hold. */
export interface ActivityFilter {
  /** Dated within these days; either end may be open. */
  from?: Day;
  to?: Day;
  status?: string;
  /** In any of the seven text fields, or the activity's own id; capitals make no difference. */
  keyword?: string;
  overdue?: boolean;
  undated?: boolean;
  has_issue?: boolean;
}

/** Overdue (terlambat): dated before today and neither paid nor finished. */
export function isOverdue(activity: Activity, today: Day): boolean {
  return activity.tanggal !== null && activity.tanggal < today && !isDone(activity);
}

/** Whether an activity's day lies within a range; an activity without a day lies in none. */
export function isWithin(activity: Activity, range: DayRange): boolean {
  return activity.tanggal !== null && activity.tanggal >= range.from && activity.tanggal <= range.to;
}

/** The activities that meet the whole filter, in the order given. */
export function filterActivities(activities: readonly Activity[], filter: ActivityFilter, today: Day): Activity[] {
  const keyword = filter.keyword === undefined ? undefined : folded(filter.keyword);
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
      (keyword === undefined || mentions(activity, keyword)),
  );
}

/** Sorts by day (those without a day last, whichever the order) or by allocated rupiah; equals keep their order. */
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

/** The sum of what is allocated to activities, in rupiah. */
export function totalAllocation(activities: readonly Activity[]): number {
  return toSen(activities.reduce((sum, activity) => sum + activity.total_alokasi, 0));
}

/** What `activity_statistics` tells, over all of a user's activities; allocations in rupiah. */
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

/** Counts and sums over all activities, the days seen from `today`. */
export function activityStatistics(activities: readonly Activity[], today: Day): ActivityStatistics {
  const count = (meets: (activity: Activity) => boolean) => activities.filter(meets).length;
  const nextWeek = weekOf(addDays(today, 7));
  const groups = byStatus(activities);
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

/** Activities by status, compared without regard to capitals; a status is spelt as it was first seen. */
function byStatus(activities: readonly Activity[]): Map<string, Activity[]> {
  const groups = new Map<string, Activity[]>();
  const spelling = new Map<string, string>();
  for (const activity of activities) {
    const key = activity.status.toLowerCase();
    const name = spelling.get(key) ?? activity.status;
    spelling.set(key, name);
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

/** A lone dash or dot is how forms are filled in where there is nothing to say. */
function hasIssue(activity: Activity): boolean {
  return activity.pending_issue !== null && /[\p{L}\p{N}]/u.test(activity.pending_issue);
}

function mentions(activity: Activity, keyword: string): boolean {
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
    activity.id.toLowerCase() === keyword || fields.some((field) => field !== null && folded(field).includes(keyword))
  );
}

/** Text as it is compared: small letters, one space between words. */
export function folded(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}
