import {
  type ActivityList,
  type ActivitySelection,
  readActivities,
  readCommittedActivities,
} from '../../supabase/activities/activities.ts';
import { type Commitments, sumCommitments } from '../../supabase/budget/commitments.ts';
import { createHeldList } from '../../supabase/held-list.ts';
import { createPaging, type ReportReader, SapaTooLargeError, type SkippedRows } from '../../supabase/paging.ts';
import type { Report } from '../../supabase/reports/report.ts';
import type { ReportCache } from '../../supabase/reports/report-cache.ts';
import { type ReportInfo, readReportInfos } from '../../supabase/reports/reports.ts';
import type { Capacity } from '../../upstream/capacity.ts';

/**
 * Reads the data of one turn's user; each list once while it is held.
 * All methods throw SapaUnavailableError and SapaTooLargeError.
 */
export interface TurnData {
  readonly userId: string;
  /** Returns all activities; if they are too large, those of the selection. */
  activities(selection?: ActivitySelection): Promise<ActivityList>;
  commitments(): Promise<Commitments>;
  reports(): Promise<ReportInfo[]>;
  open(info: ReportInfo): Promise<Report>;
  /** Months (1–12) of the reports that this turn used. */
  readonly months: Set<number>;
  /** Releases the lists and their share of the capacity. */
  release(): void;
}

/** Creates the reader. The next call repeats a failed read, except if the data was too large. */
export function createTurnData(
  user: { userId: string; signal?: AbortSignal | undefined },
  options: {
    reader: ReportReader;
    reportCache: ReportCache;
    capacity: Capacity;
    timezone: string;
    onSkippedRows?: SkippedRows | undefined;
  },
): TurnData {
  const source = { ...options, ...user, paging: createPaging() };
  const lists = createHeldList(options.capacity, user.signal);
  let tooLarge: SapaTooLargeError | undefined;

  const read = (key: string, readList: typeof readActivities, selection?: ActivitySelection) =>
    lists.get(key, (maxBytes) => readList({ ...source, maxBytes }, selection));

  async function activities(selection: ActivitySelection = {}): Promise<ActivityList> {
    if (!tooLarge) {
      try {
        return await read('all', readActivities);
      } catch (error) {
        if (!(error instanceof SapaTooLargeError)) throw error;
        tooLarge = error;
      }
    }
    const { from, to, status } = selection;
    if (from === undefined && to === undefined && status === undefined) throw tooLarge;
    return await read(JSON.stringify([from, to, status]), readActivities, { from, to, status });
  }

  return {
    userId: user.userId,
    activities,
    async commitments() {
      const list = lists.has('all') ? await activities() : await read('committed', readCommittedActivities);
      return sumCommitments(list.activities);
    },
    reports: once(() => readReportInfos(source)),
    open: (info) => options.reportCache.open(user.userId, info, user.signal),
    months: new Set(),
    release: lists.release,
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return async () => {
    result ??= read();
    const shared = result;
    try {
      return await shared;
    } catch (error) {
      if (result === shared) result = undefined;
      throw error;
    }
  };
}
