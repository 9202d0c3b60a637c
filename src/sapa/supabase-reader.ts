import type { SupabaseClient } from '@supabase/supabase-js';
import { loadedOnce } from '../loaded-once.ts';
import { type HttpClient, isResponseTooLarge } from '../upstream/http-client.ts';
import { type Upstream, UpstreamRefusal } from '../upstream.ts';
import { isForOwnRole } from './supabase-key.ts';

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
export type Build = (client: SupabaseClient) => Request;

/** The one door to Supabase: bounded, guarded, read-only by what goes through it. Both reads throw UpstreamRefusal (PostgREST's own words), UpstreamFailure, UpstreamOpen. */
export interface SapaReader {
  /** Runs one request built with supabase-js; the rows as they come, to be validated by the caller. */
  read(operation: string, build: Build, signal?: AbortSignal): Promise<unknown[]>;
  /** The same, with the rows as the JSON text that came: parsing a large one would hold up everybody. */
  readText(operation: string, build: Build, signal?: AbortSignal): Promise<string>;
  /** Loads the client: the first call is then not held up by it. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** SAPA's Supabase with retries of its own switched off: the whole call is bounded, not each attempt. */
export function createSapaReader(options: {
  url: string;
  key: string;
  /** A key that the gateway knows, for where `key` is one of our own making. */
  anonKey?: string | undefined;
  http: Pick<HttpClient, 'fetch' | 'close'>;
  upstream: Upstream;
}): SapaReader {
  // The service must be up at once: the client is loaded later.
  const client = loadedOnce(async () => {
    const { createClient } = await import('@supabase/supabase-js');
    const { key, anonKey } = options;
    const beside = anonKey && isForOwnRole(key) ? { accessToken: async () => key } : {};
    return createClient(options.url, beside.accessToken ? (anonKey ?? key) : key, {
      ...beside,
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      db: { retry: false },
      global: { fetch: fetchJson },
    });
  });
  // supabase-js parses every answer but CSV. An answer wanted as text is asked for as CSV, and here as JSON after all.
  const fetchJson: HttpClient['fetch'] = (url, init = {}) => {
    const headers = new Headers(init.headers);
    if (headers.get('accept') === 'text/csv') headers.set('accept', 'application/json');
    return options.http.fetch(url, { ...init, headers });
  };

  async function ask<Data>(
    operation: string,
    run: (client: SupabaseClient, bound: AbortSignal) => PromiseLike<ReadResult>,
    isWhole: (data: unknown) => data is Data,
    signal: AbortSignal | undefined,
  ): Promise<Data> {
    return options.upstream.call(
      operation,
      async (bound) => {
        const { data, error, status } = await run(await client(), bound);
        if (error) throw failureOf(error, status);
        // An answer that is no list of rows says nothing: «no such user» must never be read from it.
        if (status !== 200 || !isWhole(data)) throw new Error(`Supabase answered ${status} without rows`);
        return data;
      },
      { signal },
    );
  }

  return {
    read: (operation, build, signal) =>
      ask(operation, (client, bound) => build(client).abortSignal(bound), isList, signal),
    readText: (operation, build, signal) =>
      ask(operation, (client, bound) => build(client).abortSignal(bound).csv(), isText, signal),
    async warmUp() {
      await client();
    },
    close: () => options.http.close(),
  };
}

const isList = (data: unknown): data is unknown[] => Array.isArray(data);
const isText = (data: unknown): data is string => typeof data === 'string';

/** The label of a refusal because the response exceeded the size limit: a retry would fail again, and Supabase is healthy. */
export const RESPONSE_TOO_LARGE = 'response-too-large';

/** supabase-js never throws: a call that got no answer comes back as an error with status 0. */
function failureOf(error: { message: string; code?: string }, status: number): Error {
  if (isResponseTooLarge(error)) {
    return new UpstreamRefusal('supabase', { reason: error.message, label: RESPONSE_TOO_LARGE, permanent: true });
  }
  if (!status) return new Error('no answer from Supabase', { cause: error });
  return new UpstreamRefusal('supabase', {
    reason: `${status} ${error.code ?? ''} ${error.message}`.slice(0, 300),
    label: String(status),
    permanent: status >= 400 && status < 500 && status !== 408 && status !== 429,
    status,
  });
}
