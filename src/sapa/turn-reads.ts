import { type ActivityList, readActivities } from './activities.ts';
import { type Commitments, commitmentsOf } from './commitments.ts';
import type { ParsedReport } from './parsed-report.ts';
import type { ReportReader, SkippedRows } from './read-rows.ts';
import { type ReportInfo, type ReportShelf, readReportInfos } from './reports.ts';

/** What one turn has read of its user's data: each list once, however many calls need it. All throw SapaUnreachable. */
export interface TurnReads {
  readonly userId: string;
  activities(): Promise<ActivityList>;
  commitments(): Promise<Commitments>;
  reports(): Promise<ReportInfo[]>;
  open(info: ReportInfo): Promise<ParsedReport>;
  /** Months (1–12) of the dates of the reports that were used in this turn. */
  readonly months: Set<number>;
}

/** The user's reads for the length of a turn. A read that failed is tried again by the next call. */
export function createTurnReads(
  user: { userId: string; signal?: AbortSignal | undefined },
  options: { reader: ReportReader; shelf: ReportShelf; timezone: string; onSkippedRows?: SkippedRows | undefined },
): TurnReads {
  const source = { ...options, ...user };
  const activities = once(() => readActivities(source));
  return {
    userId: user.userId,
    activities,
    commitments: once(async () => commitmentsOf((await activities()).activities)),
    reports: once(() => readReportInfos(source)),
    open: (info) => options.shelf.open(user.userId, info, user.signal),
    months: new Set(),
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
