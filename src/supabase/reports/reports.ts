import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { ageMs } from '../../age.ts';
import { type Day, type Month, monthOf, parseDay } from '../calendar.ts';
import { textOf } from '../fields.ts';
import {
  type ReportReader,
  type RowReader,
  readPages,
  readText,
  SapaTooLargeError,
  SapaUnavailableError,
  type SkippedRows,
  textBytes,
} from '../paging.ts';
import { type ParsedReport, toSearchableReport } from './parsed-report.ts';
import type { ReportParser } from './parser.ts';

/** One uploaded SAKTI report, without its rows. `type` is Akrual, SP2D, another text, or null. */
export interface ReportInfo {
  id: string;
  type: string | null;
  date: Day | null;
  file_name: string | null;
  /** When it was uploaded, ms since 1970; 0 where unknown. */
  createdAt: number;
}

/** A report as answers name it. */
export interface ReportRef {
  date: Day | null;
  type: string | null;
  file_name: string | null;
}

/** Which report a question is about; without a type the current report's counts, without a month its newest. */
export interface ReportSelector {
  month?: Month | undefined;
  type?: string | undefined;
}

/** Reports kept parsed, in bytes. */
export const REPORT_CACHE_BYTES = 32 * 1024 * 1024;
/** A kept report is read again after this, ms: SAPA may have corrected the row. */
const KEPT_MS = 30 * 60_000;

/** Maximum memory of the list of one user's reports, in bytes: some 5,000 of them. It is small enough to stay out of the shared capacity. */
const MAX_REPORT_LIST_BYTES = 1024 * 1024;
/** Memory of one entry of that list without its texts, in bytes. */
const REPORT_INFO_BYTES = 200;

const Id = Type.Union([Type.String({ minLength: 1 }), Type.Number()]);
const infoRowValidator = Compile(Type.Object({ id: Id, user_id: Id }));

/** Ids, types and dates of all reports of `userId`, newest first, without their rows. @throws SapaUnreachable */
export async function readReportInfos(options: {
  reader: RowReader;
  userId: string;
  timezone: string;
  signal?: AbortSignal | undefined;
  onSkippedRows?: SkippedRows | undefined;
}): Promise<ReportInfo[]> {
  const { userId, timezone } = options;
  const infos: ReportInfo[] = [];
  let skippedRows = 0;
  let unreadableDates = 0;
  const take = (row: unknown) => {
    if (!infoRowValidator.Check(row) || String(row.user_id) !== userId) {
      skippedRows++;
      return 0;
    }
    const fields: Record<string, unknown> = row;
    const date = parseDay(fields.report_date, timezone) ?? null;
    if (date === null && textOf(fields.report_date) !== null) unreadableDates++;
    const info = {
      id: String(row.id),
      type: typeName(fields.report_type),
      date,
      file_name: textOf(fields.file_name),
      createdAt: Date.parse(String(fields.created_at)) || 0,
    };
    infos.push(info);
    return REPORT_INFO_BYTES + textBytes(info.type) + textBytes(info.file_name);
  };
  await readPages(options.reader, {
    operation: 'reports',
    build: (client, from, to) =>
      client
        .from('processed_results')
        .select('id,user_id,file_name,report_type,report_date,created_at')
        .eq('user_id', userId)
        .order('id')
        .range(from, to),
    take,
    maxBytes: MAX_REPORT_LIST_BYTES,
    signal: options.signal,
  });
  if (skippedRows) options.onSkippedRows?.('processed_results', skippedRows);
  if (unreadableDates) options.onSkippedRows?.('processed_results.report_date', unreadableDates);
  return infos.sort(newerFirst);
}

/** Newest date first, of equal dates the newer upload; reports without a date after all others. */
function newerFirst(a: ReportInfo, b: ReportInfo): number {
  if (a.date !== b.date) return (a.date ?? '') < (b.date ?? '') ? 1 : -1;
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}

/** The current report: the newest by date (of equals the newer upload), else the newest upload. */
export function currentReport(infos: readonly ReportInfo[]): ReportInfo | undefined {
  return infos.toSorted(newerFirst)[0];
}

/** The reports of the type that counts, newest first: the one asked for, else the current report's. */
export function candidateReports(infos: readonly ReportInfo[], type: string | undefined): ReportInfo[] {
  const counts = type ?? currentReport(infos)?.type ?? null;
  return infos.filter((info) => sameType(info.type, counts)).toSorted(newerFirst);
}

/** The report a question is about, or undefined where the user has none like it. */
export function chooseReport(infos: readonly ReportInfo[], wish: ReportSelector): ReportInfo | undefined {
  const inPlay = candidateReports(infos, wish.type);
  if (wish.month === undefined) return inPlay[0];
  return inPlay.find((info) => info.date !== null && monthOf(info.date) === wish.month);
}

/** What answers say of a report. */
export function toReportRef(info: ReportInfo): ReportRef {
  return { date: info.date, type: info.type, file_name: info.file_name };
}

function sameType(a: string | null, b: string | null): boolean {
  return (a ?? '').toLowerCase() === (b ?? '').toLowerCase();
}

function typeName(value: unknown): string | null {
  const text = textOf(value);
  return ['Akrual', 'SP2D'].find((name) => name.toLowerCase() === text?.toLowerCase()) ?? text;
}

/** Told of a report that came and could not be parsed. */
export type UnparsedReport = (error: unknown) => void;

/** Reads and parses reports, once for all who ask, and keeps the latest used within its bytes. */
export interface ReportCache {
  /** @throws SapaUnreachable, SapaTooLargeError; `signal` ends this caller's wait only, the reading goes on for others. */
  open(userId: string, info: ReportInfo, signal?: AbortSignal): Promise<ParsedReport>;
  /** Bytes that are kept now; never above the bound. */
  readonly bytes: number;
}

/**
 * A shelf of parsed reports, bounded in bytes. One report is fetched and parsed at a time: two bodies that arrive
 * together would need twice the memory.
 */
export function createReportCache(options: {
  reader: ReportReader;
  parser: Pick<ReportParser, 'parse'>;
  now: () => number;
  bytes?: number | undefined;
  onSkippedRows?: SkippedRows | undefined;
  onUnparsed?: UnparsedReport | undefined;
}): ReportCache {
  const bound = options.bytes ?? REPORT_CACHE_BYTES;
  const kept = new Map<string, { report: ParsedReport; readAt: number }>();
  const loading = new Map<string, Promise<ParsedReport>>();
  let bytes = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const drop = (key: string) => {
    bytes -= kept.get(key)?.report.bytes ?? 0;
    kept.delete(key);
  };
  const keep = (key: string, report: ParsedReport) => {
    drop(key);
    if (report.bytes > bound) return;
    kept.set(key, { report, readAt: options.now() });
    bytes += report.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= bound) break;
      drop(oldest);
    }
  };
  const parsed = async (text: string, userId: string) => {
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
    const columns = await parsed(text, userId);
    if (!columns) throw new SapaUnavailableError('report', new Error('the report is no longer there'));
    const report = toSearchableReport(columns);
    if (report.skipped) options.onSkippedRows?.('processed_data', report.skipped);
    keep(key, report);
    return report;
  };

  return {
    get bytes() {
      return bytes;
    },
    async open(userId, info, signal) {
      signal?.throwIfAborted();
      const key = JSON.stringify([userId, info.id, info.createdAt]);
      const found = kept.get(key);
      if (found && ageMs(found.readAt, options.now()) < KEPT_MS) {
        // Used last, dropped last.
        kept.delete(key);
        kept.set(key, found);
        return found.report;
      }
      let shared = loading.get(key);
      if (!shared) {
        shared = turn.then(() => load(userId, info, key)).finally(() => loading.delete(key));
        turn = shared.catch(() => undefined);
        loading.set(key, shared);
      }
      return signal ? untilAborted(shared, signal) : shared;
    },
  };
}

/** Whether a report could not be parsed because of its size: the next attempt would fail too. */
function isTooLarge(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'REPORT_TOO_LARGE' || code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** PostgREST's answer with one report of this user, or with none. @throws SapaUnreachable */
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

/** Waits for a shared promise, but no longer than `signal` allows. */
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
