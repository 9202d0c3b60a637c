import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { createCapacity } from '../upstream/capacity.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type HttpClient, isResponseTooLarge } from '../upstream/http-client.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import { isCustomRoleKey } from './key.ts';
import { classifyProblem, createProblemTracker, type SupabaseProblem } from './problem.ts';
import { MAX_REPORT_CHARACTERS } from './reports/parser.ts';

/** PostgREST's response as supabase-js returns it. */
export interface ReadResult {
  data: unknown;
  error: { message: string; code?: string; details?: unknown } | null;
  status: number;
}

interface Request extends PromiseLike<ReadResult> {
  abortSignal(signal: AbortSignal): Request;
  csv(): PromiseLike<ReadResult>;
}
/** Builds one PostgREST request on a supabase-js client. */
export type QueryBuilder = (client: SupabaseClient) => Request;

/**
 * Maximum size of a response with rows, in bytes after decompression. Parsing briefly takes up to five times as
 * much memory.
 */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** Maximum total size of the pages that are received and parsed at the same time, in bytes. */
const PAGES_CAPACITY_BYTES = 3 * MAX_PAGE_BYTES;

/**
 * Reads from Supabase with limits on time and size, behind the circuit breaker; sends SELECTs only.
 * All reads throw UpstreamRejectedError (with PostgREST's reason; label RESPONSE_TOO_LARGE if the response exceeds the size
 * limit), UpstreamCallError and CircuitOpenError.
 */
export interface SupabaseReader {
  /** Sends one request built with supabase-js; the caller validates the rows. */
  read(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<unknown[]>;
  /** Reads a page of a list; waits until there is capacity for its memory. */
  readPage(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<unknown[]>;
  /** Reads one report as JSON text, because parsing it would block the event loop. Call it for one report at a time. */
  readText(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<string>;
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
  // supabase-js parses every response except CSV. `readText` requests CSV there, and this fetch asks for JSON.
  const fetchJson: HttpClient['fetch'] = (url, init = {}) => {
    const headers = new Headers(init.headers);
    const wantsText = headers.get('accept') === 'text/csv';
    if (wantsText) headers.set('accept', 'application/json');
    const maxResponseBytes = wantsText ? MAX_REPORT_CHARACTERS : MAX_PAGE_BYTES;
    return options.http.fetch(url, { ...init, headers, maxResponseBytes });
  };
  const { key, anonKey } = options;
  // The gateway accepts a custom role's key as the access token if `apikey` is a key that it knows.
  const keys =
    anonKey && isCustomRoleKey(key) ? { apiKey: anonKey, auth: { accessToken: async () => key } } : { apiKey: key };
  const client = createClient(options.url, keys.apiKey, {
    ...keys.auth,
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { retry: false },
    global: { fetch: fetchJson },
  });
  const problems = createProblemTracker();
  const pages = createCapacity(PAGES_CAPACITY_BYTES);
  const read: SupabaseReader['read'] = (operation, build, signal) =>
    send(operation, (client, abortSignal) => build(client).abortSignal(abortSignal), isList, signal);

  async function send<Data>(
    operation: string,
    request: (client: SupabaseClient, abortSignal: AbortSignal) => PromiseLike<ReadResult>,
    isExpected: (data: unknown) => data is Data,
    signal: AbortSignal | undefined,
  ): Promise<Data> {
    return options.upstream.call(
      operation,
      async (abortSignal) => {
        const { data, error, status } = await request(client, abortSignal);
        if (error) {
          const problem = classifyProblem(status, error.code);
          if (problem) problems.record(operation, problem);
          throw toUpstreamError(error, status, problem);
        }
        // Reject a response without a list of rows: it must never be taken for «no such user».
        if (status !== 200 || !isExpected(data)) throw new Error(`Supabase answered ${status} without rows`);
        problems.record(operation, null);
        return data;
      },
      { signal },
    );
  }

  return {
    read,
    async readPage(operation, build, signal) {
      const lease = await pages.acquire(MAX_PAGE_BYTES, signal);
      try {
        return await read(operation, build, signal);
      } finally {
        lease.release();
      }
    },
    readText: (operation, build, signal) =>
      send(operation, (client, abortSignal) => build(client).abortSignal(abortSignal).csv(), isText, signal),
    problem: () => problems.current(),
    close: () => options.http.close(),
  };
}

const isList = (data: unknown): data is unknown[] => Array.isArray(data);
const isText = (data: unknown): data is string => typeof data === 'string';

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
  if (!status) return new Error('no answer from Supabase', { cause: error });
  return new UpstreamRejectedError('supabase', {
    reason: `${status} ${error.code ?? ''} ${error.message}`.slice(0, 300),
    label: problem ?? String(status),
    permanent: problem === null && status >= 400 && status < 500 && status !== 408 && status !== 429,
    status,
  });
}
