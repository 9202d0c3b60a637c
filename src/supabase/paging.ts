import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type QueryBuilder, RESPONSE_TOO_LARGE, type SupabaseReader } from './client.ts';

/** The part of the reader that lists need: one page of rows per request. */
export type RowReader = Pick<SupabaseReader, 'readPage'>;
/** The part of the reader that reports need: pages of their list, and one report. */
export type ReportReader = Pick<SupabaseReader, 'readPage' | 'readReport'>;
type Client = Parameters<QueryBuilder>[0];

/** SAPA's data is unavailable. `cause` is the reader's error. */
export class SapaUnavailableError extends Error {
  readonly code = 'SAPA_UNREACHABLE';
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

/** Maximum rows of one response: PostgREST's default. */
export const PAGE_ROWS = 1000;
/** Maximum rows of one list: four times what SAPA's largest user has. */
export const MAX_ROWS = 20_000;
/** How much smaller the next page is after a response that was too large. */
const PAGE_REDUCTION = 4;

/** The page size of one user's lists. */
export interface Paging {
  rows: number;
}

/** One list of rows that is read page by page. */
export interface ListQuery {
  /** Names the request in events. */
  operation: string;
  /** Builds the request for the rows `from` to `to` (both included, as in PostgREST's range), ordered by a unique column. */
  build: (client: Client, from: number, to: number) => ReturnType<QueryBuilder>;
  /** Stores a row; returns the memory that it occupies, in bytes. */
  addRow: (row: unknown) => number;
  /** Maximum sum of what `addRow` returns. */
  maxBytes: number;
  /** Rows of a page; reduced after a response that is too large. Lists of the same user may share it. */
  paging?: Paging | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Reads all rows of a list page by page and passes each row to `addRow` once, even if the row moves to the next page because
 * rows are added during the read. Requests fewer rows per page after a response that is too large.
 * @returns the sum of what `addRow` returned, in bytes
 * @throws SapaUnavailableError; SapaTooLargeError, because part of the rows would give wrong totals; the signal's own reason
 */
export async function readPages(reader: RowReader, query: ListQuery): Promise<number> {
  const { operation, addRow, maxBytes, paging = { rows: PAGE_ROWS }, signal } = query;
  const seen = new Set<unknown>();
  let bytes = 0;
  for (let from = 0; from < MAX_ROWS; ) {
    const { rows } = paging;
    const to = from + rows - 1;
    signal?.throwIfAborted();
    let page: unknown[];
    try {
      page = await reader.readPage(operation, (client) => query.build(client, from, to), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTooLarge(error) || rows === 1) throw toSapaError(operation, error);
      paging.rows = Math.ceil(rows / PAGE_REDUCTION);
      continue;
    }
    let added = 0;
    for (const row of page) {
      const id = readId(row);
      if (id !== undefined && seen.has(id)) continue;
      seen.add(id);
      added++;
      bytes += addRow(row);
      if (bytes > maxBytes) throw new SapaTooLargeError(operation, `${maxBytes} bytes`, true);
    }
    // A server that ignores the range returns the same page every time.
    if (page.length < rows || added === 0) return bytes;
    from += rows;
  }
  throw new SapaTooLargeError(operation, `${MAX_ROWS} rows`);
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

function readId(row: unknown): unknown {
  return typeof row === 'object' && row !== null && 'id' in row ? (row.id ?? undefined) : undefined;
}
