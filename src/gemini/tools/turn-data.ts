import {
  type ActivityList,
  type ActivitySelection,
  readActivities,
  readCommittedActivities,
} from '../../supabase/activities/activities.ts';
import { type Commitments, sumCommitments } from '../../supabase/budget/commitments.ts';
import { createHeldList } from '../../supabase/held-list.ts';
import { PAGE_ROWS, type ReportReader, SapaTooLargeError, type SkippedRows } from '../../supabase/paging.ts';
import type { ParsedReport } from '../../supabase/reports/parsed-report.ts';
import { type ReportCache, type ReportInfo, readReportInfos } from '../../supabase/reports/reports.ts';
import type { Capacity } from '../../upstream/capacity.ts';

/** What one turn reads of its user's data, each list once as long as it is held. All methods throw SapaUnreachable and SapaTooLargeError. */
export interface TurnData {
  readonly userId: string;
  /** All activities; where they are too large, those of the selection, if one is given. */
  activities(selection?: ActivitySelection): Promise<ActivityList>;
  commitments(): Promise<Commitments>;
  reports(): Promise<ReportInfo[]>;
  open(info: ReportInfo): Promise<ParsedReport>;
  /** Months (1–12) of the dates of the reports that were used in this turn. */
  readonly months: Set<number>;
  /** Drops the lists and returns their share of the capacity. */
  release(): void;
}

/** Creates the reads of one turn. A read that failed is repeated by the next call, except one of data that is too large. */
export function createTurnData(
  user: { userId: string; signal?: AbortSignal | undefined },
  options: {
    reader: ReportReader;
    shelf: ReportCache;
    capacity: Capacity;
    timezone: string;
    onSkippedRows?: SkippedRows | undefined;
  },
): TurnData {
  const source = { ...options, ...user, paging: { rows: PAGE_ROWS } };
  const held = createHeldList(options.capacity, user.signal);
  let tooLarge: SapaTooLargeError | undefined;

  const read = (key: string, readList: typeof readActivities, selection?: ActivitySelection) =>
    held.get(key, (maxBytes) => readList({ ...source, maxBytes }, selection));

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
      const list = held.has('all') ? await activities() : await read('committed', readCommittedActivities);
      return sumCommitments(list.activities);
    },
    reports: once(() => readReportInfos(source)),
    open: (info) => options.shelf.open(user.userId, info, user.signal),
    months: new Set(),
    release: held.release,
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
