import { ageMs } from '../../time/age.ts';
import { type ReportReader, SapaUnavailableError, type SkippedRows, toSapaError } from '../paging.ts';
import { parseReport, type Report } from './report.ts';
import type { ReportInfo } from './reports.ts';

/** Maximum memory of the parsed reports in the cache, in bytes. */
const REPORT_CACHE_BYTES = 32 * 1024 * 1024;
/** Reads a cached report again after this time, ms: SAPA may have corrected the row. */
const REPORT_CACHE_MS = 30 * 60_000;

/** Reads and parses reports once for concurrent callers and caches the most recently used within a limit in bytes. */
export interface ReportCache {
  /** @throws SapaUnavailableError, SapaTooLargeError; `signal` ends the wait of this caller only. */
  open(userId: string, info: ReportInfo, signal?: AbortSignal): Promise<Report>;
  /** Current size in bytes; never above the limit. */
  readonly bytes: number;
}

/** Creates the cache. */
export function createReportCache(options: {
  reader: ReportReader;
  now: () => number;
  bytes?: number | undefined;
  onSkippedRows?: SkippedRows | undefined;
}): ReportCache {
  const maxBytes = options.bytes ?? REPORT_CACHE_BYTES;
  const cache = new Map<string, { report: Report; readAt: number }>();
  const loading = new Map<string, Promise<Report>>();
  let bytes = 0;

  const remove = (key: string) => {
    bytes -= cache.get(key)?.report.bytes ?? 0;
    cache.delete(key);
  };
  const store = (key: string, report: Report) => {
    remove(key);
    if (report.bytes > maxBytes) return;
    cache.set(key, { report, readAt: options.now() });
    bytes += report.bytes;
    for (const oldest of cache.keys()) {
      if (bytes <= maxBytes) break;
      remove(oldest);
    }
  };
  const load = async (userId: string, info: ReportInfo, key: string) => {
    const row = await readReportRow(options.reader, userId, info.id);
    if (!row) throw new SapaUnavailableError('report', new Error('the report is no longer there'));
    const report = parseReport(row.processed_data, row.account_name_map);
    if (report.skipped) options.onSkippedRows?.('processed_data', report.skipped);
    store(key, report);
    return report;
  };

  return {
    get bytes() {
      return bytes;
    },
    async open(userId, info, signal) {
      signal?.throwIfAborted();
      const key = JSON.stringify([userId, info.id, info.createdAt]);
      const cached = cache.get(key);
      if (cached && ageMs(cached.readAt, options.now()) < REPORT_CACHE_MS) {
        // Move it to the end: the first entry is the least recently used.
        cache.delete(key);
        cache.set(key, cached);
        return cached.report;
      }
      let shared = loading.get(key);
      if (!shared) {
        shared = load(userId, info, key).finally(() => loading.delete(key));
        loading.set(key, shared);
      }
      return signal ? untilAborted(shared, signal) : shared;
    },
  };
}

type ReportRow = Record<string, unknown>;

/** The columns of one report in `processed_results`. */
export const REPORT_COLUMNS = 'id,user_id,processed_data,account_name_map';

/**
 * Reads one report of this user. Checks the user of the row again, because the key bypasses row-level security.
 * @returns undefined when the user has no such report
 * @throws SapaUnavailableError, SapaTooLargeError
 */
async function readReportRow(reader: ReportReader, userId: string, id: string): Promise<ReportRow | undefined> {
  try {
    const { rows } = await reader.readReport('report', (client) =>
      client.from('processed_results').select(REPORT_COLUMNS).eq('user_id', userId).eq('id', id).limit(1),
    );
    return rows.find((row) => belongsTo(row, userId));
  } catch (error) {
    throw toSapaError('report', error);
  }
}

function belongsTo(row: unknown, userId: string): row is ReportRow {
  return typeof row === 'object' && row !== null && 'user_id' in row && String(row.user_id) === userId;
}

/** Waits for a shared promise until `signal` aborts. */
async function untilAborted<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([shared, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
