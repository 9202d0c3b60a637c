import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type QueryBuilder, RESPONSE_TOO_LARGE, type ResponsePage, type SupabaseReader } from './client.ts';

/** The part of the reader that lists need: one page of rows per request. */
export type RowReader = Pick<SupabaseReader, 'readPage'>;
/** The part of the reader that reports need: pages of their list, and one report. */
export type ReportReader = Pick<SupabaseReader, 'readPage' | 'readReport'>;
type Client = Parameters<QueryBuilder>[0];

/** SAPA's data is unavailable. `cause` is the reader's error. */
export class SapaUnavailableError extends Error {
  readonly code = 'SAPA_UNAVAILABLE';
  constructor(operation: string, cause: unknown) {
    super(`SAPA can't be read now: ${operation}`, { cause });
  }
}

/** The data of one user does not fit the limits. A retry fails again; a narrower query may succeed. */
export class SapaTooLargeError extends Error {
  readonly code = 'SAPA_TOO_LARGE';
  readonly operation: string;
  /** Whether the list exceeds `maxBytes` of this read, so that a read with more bytes may succeed. */
  readonly exceedsBytes: boolean;

  constructor(operation: string, limit: string, exceedsBytes = false) {
    super(`${operation}: more than ${limit}`);
    this.operation = operation;
    this.exceedsBytes = exceedsBytes;
  }
}

/** Receives the number of rows (or fields, then `table.column`) of a table that were invalid and left out. */
export type SkippedRows = (table: string, count: number) => void;

/** Rows that a page requests: Supabase's default of «Max Rows», which a project can lower. */
const PAGE_ROWS = 1000;
/** Maximum rows of one list: four times what SAPA's largest user has. */
const MAX_LIST_ROWS = 20_000;
/** How much smaller the next page is after a response that was too large. */
const PAGE_REDUCTION = 4;

/** The size of the pages of one user's lists. Lists of the same turn share it. */
export interface Paging {
  /** Rows to request; reduced after a response that is too large. */
  rows: number;
  /** Length of the longest list in a response so far: the server's «Max Rows» is at least this. */
  longestList: number;
}

/** Creates the paging of one turn. */
export function createPaging(): Paging {
  return { rows: PAGE_ROWS, longestList: 0 };
}

/** One list of rows that is read page by page. */
export interface ListQuery {
  /** Names the request in events. */
  operation: string;
  /** Builds the request for all rows, with their exact count; `readPages` adds order, key and limit. */
  build: (client: Client) => PageQuery;
  /** Called with each page before its rows are added. */
  onPage?: (rows: readonly unknown[]) => void;
  /** Stores a row; returns the memory that it occupies, in bytes. */
  addRow: (row: unknown) => number;
  /** Maximum sum of what `addRow` returns. */
  maxBytes: number;
  paging?: Paging | undefined;
  signal?: AbortSignal | undefined;
}

/** A request that can be limited to the rows after a key. */
interface PageQuery extends ReturnType<QueryBuilder> {
  gt(column: string, value: string | number): PageQuery;
  order(column: string): PageQuery;
  limit(count: number): PageQuery;
}

/**
 * Reads all rows of a list page by page and passes each row to `addRow` once. Each page begins after the last id of the
 * page before, so that rows that are added or deleted during the read hide no other row. A page is the last one if it holds
 * all rows that the server counted, or if it is empty: a short page may be the server's «Max Rows». Requests fewer rows per
 * page after a response that is too large.
 * @returns the sum of what `addRow` returned, in bytes
 * @throws SapaUnavailableError; SapaTooLargeError, because part of the rows would give wrong totals; the signal's own reason
 */
export async function readPages(reader: RowReader, query: ListQuery): Promise<number> {
  const { operation, onPage, addRow, maxBytes, paging = createPaging(), signal } = query;
  let bytes = 0;
  let lastId: string | number | undefined;
  for (let read = 0; read < MAX_LIST_ROWS; ) {
    const { rows: limit } = paging;
    signal?.throwIfAborted();
    let page: ResponsePage;
    try {
      page = await reader.readPage(operation, (client) => limitQuery(query.build(client), limit, lastId), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTooLarge(error) || limit === 1) throw toSapaError(operation, error);
      paging.rows = Math.ceil(limit / PAGE_REDUCTION);
      continue;
    }
    const { rows, count } = page;
    paging.longestList = Math.max(paging.longestList, rows.length);
    onPage?.(rows);
    for (const row of rows) {
      bytes += addRow(row);
      if (bytes > maxBytes) throw new SapaTooLargeError(operation, `${maxBytes} bytes`, true);
    }
    if (rows.length === 0 || rows.length === count) return bytes;
    lastId = rows.map(readId).findLast((id) => id !== undefined);
    if (lastId === undefined) throw new SapaUnavailableError(operation, new Error('a page of rows without ids'));
    read += rows.length;
  }
  throw new SapaTooLargeError(operation, `${MAX_LIST_ROWS} rows`);
}

function limitQuery(query: PageQuery, limit: number, lastId: string | number | undefined): PageQuery {
  const page = query.order('id').limit(limit);
  return lastId === undefined ? page : page.gt('id', lastId);
}

/** Estimated memory of a text, in bytes: V8 stores one byte a character only for Latin-1. Measured with process.memoryUsage. */
export function textBytes(text: string | null): number {
  if (text === null) return 0;
  const isAscii = Buffer.byteLength(text) === text.length;
  return 24 + (isAscii ? text.length : 2 * text.length);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof UpstreamRejectedError && error.label === RESPONSE_TOO_LARGE;
}

/** Converts an error of the reader to SapaTooLargeError or SapaUnavailableError. */
export function toSapaError(operation: string, error: unknown): Error {
  return isTooLarge(error)
    ? new SapaTooLargeError(operation, 'one response may have')
    : new SapaUnavailableError(operation, error);
}

/** The id of a row. @returns undefined when the row has no usable id */
export function readId(row: unknown): string | number | undefined {
  const id: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'id') : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
