import type { Build, SapaReader } from './supabase-reader.ts';

/** The part of the one door to Supabase that reading rows takes: one bounded call. */
export type RowReader = Pick<SapaReader, 'read'>;
/** The part that reading reports takes: their list as rows, one of them as text. */
export type ReportReader = Pick<SapaReader, 'read' | 'readText'>;
type Client = Parameters<Build>[0];

/** SAPA's data can't be read now. `cause` is the reader's own error. */
export class SapaUnreachable extends Error {
  readonly code = 'SAPA_UNREACHABLE';
  constructor(operation: string, cause: unknown) {
    super(`SAPA can't be read now: ${operation}`, { cause });
  }
}

/** Told how many rows (or fields, then `table.column`) of a table did not fit and were left out. */
export type SkippedRows = (table: string, count: number) => void;

/** Rows that PostgREST gives at most in one answer. */
export const PAGE_ROWS = 1000;
/** Rows of one user and table that are read at most: ten times what SAPA's largest user has. */
export const MOST_ROWS = 50_000;

/** One bounded read. @throws SapaUnreachable; the signal's own reason where the caller gave up. */
export async function readRows(
  reader: RowReader,
  operation: string,
  build: Build,
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  signal?.throwIfAborted();
  try {
    return await reader.read(operation, build, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new SapaUnreachable(operation, error);
  }
}

/** One bounded read whose rows come as one JSON text, unparsed. @throws SapaUnreachable */
export async function readText(reader: ReportReader, operation: string, build: Build): Promise<string> {
  try {
    return await reader.readText(operation, build);
  } catch (error) {
    throw new SapaUnreachable(operation, error);
  }
}

/**
 * All rows of a request, page by page (`from` and `to` as in PostgREST's range, both included); `build` must order by a
 * unique column. A row that comes twice, because rows were added meanwhile, is given once.
 * @throws SapaUnreachable, also where there are more than MOST_ROWS: part of the rows would give wrong totals.
 */
export async function readPages(
  reader: RowReader,
  operation: string,
  build: (client: Client, from: number, to: number) => ReturnType<Build>,
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  const rows: unknown[] = [];
  const seen = new Set<unknown>();
  for (let from = 0; from < MOST_ROWS; from += PAGE_ROWS) {
    const page = await readRows(reader, operation, (client) => build(client, from, from + PAGE_ROWS - 1), signal);
    const before = rows.length;
    for (const row of page) {
      const id = idOf(row);
      if (id !== undefined && seen.has(id)) continue;
      seen.add(id);
      rows.push(row);
    }
    // A server that ignores the range gives the same page again and again.
    if (page.length < PAGE_ROWS || rows.length === before) return rows;
  }
  throw new SapaUnreachable(operation, new Error(`more than ${MOST_ROWS} rows`));
}

function idOf(row: unknown): unknown {
  return typeof row === 'object' && row !== null && 'id' in row ? (row.id ?? undefined) : undefined;
}
