import { ageMs } from '../../age.ts';
import { type ReportReader, readText, SapaTooLargeError, SapaUnavailableError, type SkippedRows } from '../paging.ts';
import { type ParsedReport, toSearchableReport } from './parsed-report.ts';
import type { ReportParser } from './parser.ts';
import type { ReportInfo } from './reports.ts';

/** Maximum memory of the parsed reports in the cache, in bytes. */
export const REPORT_CACHE_BYTES = 32 * 1024 * 1024;
/** Reads a cached report again after this time, ms: SAPA may have corrected the row. */
const REPORT_CACHE_MS = 30 * 60_000;

/** Receives the error of a report that could not be parsed. */
export type UnparsedReport = (error: unknown) => void;

/** Reads and parses reports once for concurrent callers and caches the most recently used within a limit in bytes. */
export interface ReportCache {
  /** @throws SapaUnavailableError, SapaTooLargeError; `signal` ends the wait of this caller only. */
  open(userId: string, info: ReportInfo, signal?: AbortSignal): Promise<ParsedReport>;
  /** Current size in bytes; never above the limit. */
  readonly bytes: number;
}

/**
 * Creates the cache. Fetches and parses one report at a time: two response bodies at once would need twice the memory.
 */
export function createReportCache(options: {
  reader: ReportReader;
  parser: Pick<ReportParser, 'parse'>;
  now: () => number;
  bytes?: number | undefined;
  onSkippedRows?: SkippedRows | undefined;
  onUnparsed?: UnparsedReport | undefined;
}): ReportCache {
  const maxBytes = options.bytes ?? REPORT_CACHE_BYTES;
  const cache = new Map<string, { report: ParsedReport; readAt: number }>();
  const loading = new Map<string, Promise<ParsedReport>>();
  let bytes = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const remove = (key: string) => {
    bytes -= cache.get(key)?.report.bytes ?? 0;
    cache.delete(key);
  };
  const store = (key: string, report: ParsedReport) => {
    remove(key);
    if (report.bytes > maxBytes) return;
    cache.set(key, { report, readAt: options.now() });
    bytes += report.bytes;
    for (const oldest of cache.keys()) {
      if (bytes <= maxBytes) break;
      remove(oldest);
    }
  };
  const parse = async (text: string, userId: string) => {
    try {
      return await options.parser.parse({ text, userId });
    } catch (error) {
      options.onUnparsed?.(error);
      if (isTooLarge(error)) throw new SapaTooLargeError('report', 'the parser takes');
      throw new SapaUnavailableError('report', error);
    }
  };
  const load = async (userId: string, info: ReportInfo, key: string) => {
    const text = await readReport(options.reader, userId, info.id);
    const columns = await parse(text, userId);
    if (!columns) throw new SapaUnavailableError('report', new Error('the report is no longer there'));
    const report = toSearchableReport(columns);
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
        shared = queue.then(() => load(userId, info, key)).finally(() => loading.delete(key));
        queue = shared.catch(() => undefined);
        loading.set(key, shared);
      }
      return signal ? untilAborted(shared, signal) : shared;
    },
  };
}

/** Whether the report is too large to be parsed: a retry would fail too. */
function isTooLarge(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'REPORT_TOO_LARGE' || code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Reads PostgREST's response with at most one report of this user. @throws SapaUnavailableError */
function readReport(reader: ReportReader, userId: string, id: string): Promise<string> {
  return readText(reader, 'report', (client) =>
    client
      .from('processed_results')
      .select('id,user_id,processed_data,account_name_map')
      .eq('user_id', userId)
      .eq('id', id)
      .limit(1),
  );
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
