import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { createCapacity } from '../upstream/capacity.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type HttpClient, isResponseTooLarge } from '../upstream/http-client.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import { isCustomRoleKey } from './key.ts';
import { classifyProblem, createProblemTracker, type SupabaseProblem } from './problem.ts';

/** PostgREST's response as supabase-js returns it. */
export interface ReadResult {
  data: unknown;
  error: { message: string; code?: string; details?: unknown } | null;
  status: number;
  /** Rows of the query without its limit, if the request counts them. */
  count?: number | null;
}

/** The rows of one response. */
export interface ResponsePage {
  rows: unknown[];
  /** Number of rows that the query has, those beyond this page included; null if the server did not count them. */
  count: number | null;
}

interface Request extends PromiseLike<ReadResult> {
  abortSignal(signal: AbortSignal): Request;
}
/** Builds one PostgREST request on a supabase-js client. */
export type QueryBuilder = (client: SupabaseClient) => Request;

/**
 * Maximum size of a response with rows, in bytes after decompression. Parsing briefly takes up to five times as
 * much memory.
 */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** Maximum pages that are received and parsed at the same time. */
const MAX_CONCURRENT_PAGES = 3;
/** Maximum size of a response with one report, in bytes after decompression: four times SAPA's largest. */
const MAX_REPORT_BYTES = 8 * 1024 * 1024;

/**
 * Reads from Supabase with limits on time and size, behind the circuit breaker; sends SELECTs only.
 * All reads throw UpstreamRejectedError (with PostgREST's reason; label RESPONSE_TOO_LARGE if the response exceeds the size
 * limit), UpstreamCallError and CircuitOpenError.
 */
export interface SupabaseReader {
  /** Sends one request built with supabase-js; the caller validates the rows. */
  read(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<ResponsePage>;
  /** Reads a page of a list; waits until there is capacity for its memory. */
  readPage(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<ResponsePage>;
  /** Reads one report, which may be larger than a page; waits until no other report is being read. */
  readReport(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<ResponsePage>;
  /** The problem of the project that the latest requests have shown; null when there is no problem. */
  problem(): SupabaseProblem | null;
  close(): Promise<void>;
}

/** Creates the reader. supabase-js's own retries are off: the timeout applies to the whole request, not to each attempt. */
export function createSupabaseReader(options: {
  url: string;
  key: string;
  /** A key that the gateway knows; used if `key` is one for a custom role. */
  anonKey?: string | undefined;
  http: Pick<HttpClient, 'fetch' | 'close'>;
  upstream: UpstreamGuard;
}): SupabaseReader {
  const { key, anonKey } = options;
  // The gateway accepts a custom role's key as the access token if `apikey` is a key that it knows.
  const keys =
    anonKey && isCustomRoleKey(key) ? { apiKey: anonKey, auth: { accessToken: async () => key } } : { apiKey: key };
  const createLimitedClient = (maxResponseBytes: number) =>
    createClient(options.url, keys.apiKey, {
      ...keys.auth,
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      db: { retry: false },
      global: { fetch: (url, init) => options.http.fetch(url, { ...init, maxResponseBytes }) },
    });
  // Pages and reports have separate capacities: a page must not wait behind a report that waits.
  const pages = { client: createLimitedClient(MAX_PAGE_BYTES), capacity: createCapacity(MAX_CONCURRENT_PAGES) };
  const reports = { client: createLimitedClient(MAX_REPORT_BYTES), capacity: createCapacity(1) };
  const problems = createProblemTracker();

  function send(
    client: SupabaseClient,
    operation: string,
    build: QueryBuilder,
    signal: AbortSignal | undefined,
  ): Promise<ResponsePage> {
    return options.upstream.call(
      operation,
      async (abortSignal) => {
        const { data, error, status, count } = await build(client).abortSignal(abortSignal);
        if (error) {
          const problem = classifyProblem(status, error.code);
          if (problem) problems.record(operation, problem);
          throw toUpstreamError(error, status, problem);
        }
        // Reject a response without a list of rows: it must never be taken for «no such user». 206: the query has more rows.
        if ((status !== 200 && status !== 206) || !Array.isArray(data))
          throw new Error(`Supabase responded ${status} without rows`);
        problems.record(operation, null);
        return { rows: data, count: count ?? null };
      },
      { signal },
    );
  }

  async function sendWithinCapacity(
    { client, capacity }: typeof pages,
    operation: string,
    build: QueryBuilder,
    signal?: AbortSignal,
  ): Promise<ResponsePage> {
    const share = await capacity.acquire(1, signal);
    try {
      return await send(client, operation, build, signal);
    } finally {
      share.release();
    }
  }

  return {
    read: (operation, build, signal) => send(pages.client, operation, build, signal),
    readPage: (operation, build, signal) => sendWithinCapacity(pages, operation, build, signal),
    readReport: (operation, build, signal) => sendWithinCapacity(reports, operation, build, signal),
    problem: () => problems.current(),
    close: () => options.http.close(),
  };
}

/** Label of the error for a response above the size limit: a retry would fail again, and Supabase is healthy. */
export const RESPONSE_TOO_LARGE = 'response-too-large';

/** supabase-js never throws: a request without a response is an error with status 0. */
function toUpstreamError(
  error: { message: string; code?: string },
  status: number,
  problem: SupabaseProblem | null,
): Error {
  if (isResponseTooLarge(error)) {
    return new UpstreamRejectedError('supabase', { reason: error.message, label: RESPONSE_TOO_LARGE, permanent: true });
  }
  if (!status) return new Error('no response from Supabase', { cause: error });
  return new UpstreamRejectedError('supabase', {
    reason: `${status} ${error.code ?? ''} ${error.message}`.slice(0, 300),
    label: problem ?? String(status),
    permanent: problem === null && status >= 400 && status < 500 && status !== 408 && status !== 429,
    status,
  });
}
