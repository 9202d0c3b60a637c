import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { createCapacity } from '../upstream/capacity.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import { type HttpClient, isResponseTooLarge } from '../upstream/http-client.ts';
import type { UpstreamGuard } from '../upstream/upstream.ts';
import { isCustomRoleKey } from './key.ts';
import { MAX_REPORT_CHARACTERS } from './reports/parser.ts';

/** What PostgREST answers through supabase-js. */
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
 * Maximum size of a response with rows, in bytes after decompression. Parsing one takes up to five times as much memory for
 * a moment.
 */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** Maximum size of all pages that are received and parsed at the same time, in bytes. */
const PAGES_CAPACITY_BYTES = 3 * MAX_PAGE_BYTES;

/**
 * All access to Supabase: limited in time and size, behind the circuit breaker, read-only by what is called. All reads throw
 * UpstreamRefusal (PostgREST's own words; label RESPONSE_TOO_LARGE where the response is larger than allowed),
 * UpstreamFailure and UpstreamOpen.
 */
export interface SupabaseReader {
  /** Runs one request built with supabase-js; the caller validates the rows. */
  read(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<unknown[]>;
  /** The same for a page of a list: waits until there is memory for it. */
  readPage(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<unknown[]>;
  /** The same for one report, as the JSON text that came: parsing it would block the event loop. One at a time. */
  readText(operation: string, build: QueryBuilder, signal?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** SAPA's Supabase with retries of its own switched off: the whole call is bounded, not each attempt. */
export function createSupabaseReader(options: {
  url: string;
  key: string;
  /** A key that the gateway knows, for where `key` is one of our own making. */
  anonKey?: string | undefined;
  http: Pick<HttpClient, 'fetch' | 'close'>;
  upstream: UpstreamGuard;
}): SupabaseReader {
  // supabase-js parses every response except CSV. A response wanted as text is requested as CSV, and sent as JSON here.
  const fetchJson: HttpClient['fetch'] = (url, init = {}) => {
    const headers = new Headers(init.headers);
    const isText = headers.get('accept') === 'text/csv';
    if (isText) headers.set('accept', 'application/json');
    const maxResponseBytes = isText ? MAX_REPORT_CHARACTERS : MAX_PAGE_BYTES;
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
  const pages = createCapacity(PAGES_CAPACITY_BYTES);
  const read: SupabaseReader['read'] = (operation, build, signal) =>
    ask(operation, (client, bound) => build(client).abortSignal(bound), isList, signal);

  async function ask<Data>(
    operation: string,
    run: (client: SupabaseClient, bound: AbortSignal) => PromiseLike<ReadResult>,
    isWhole: (data: unknown) => data is Data,
    signal: AbortSignal | undefined,
  ): Promise<Data> {
    return options.upstream.call(
      operation,
      async (bound) => {
        const { data, error, status } = await run(client, bound);
        if (error) throw toUpstreamError(error, status);
        // An answer that is no list of rows says nothing: «no such user» must never be read from it.
        if (status !== 200 || !isWhole(data)) throw new Error(`Supabase answered ${status} without rows`);
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
      ask(operation, (client, bound) => build(client).abortSignal(bound).csv(), isText, signal),
    close: () => options.http.close(),
  };
}

const isList = (data: unknown): data is unknown[] => Array.isArray(data);
const isText = (data: unknown): data is string => typeof data === 'string';

/** The label of a refusal because the response exceeded the size limit: a retry would fail again, and Supabase is healthy. */
export const RESPONSE_TOO_LARGE = 'response-too-large';

/** supabase-js never throws: a call that got no answer comes back as an error with status 0. */
function toUpstreamError(error: { message: string; code?: string }, status: number): Error {
  if (isResponseTooLarge(error)) {
    return new UpstreamRejectedError('supabase', { reason: error.message, label: RESPONSE_TOO_LARGE, permanent: true });
  }
  if (!status) return new Error('no answer from Supabase', { cause: error });
  return new UpstreamRejectedError('supabase', {
    reason: `${status} ${error.code ?? ''} ${error.message}`.slice(0, 300),
    label: String(status),
    permanent: status >= 400 && status < 500 && status !== 408 && status !== 429,
    status,
  });
}
