import { createSupabaseReader, type SupabaseReader } from '../../src/supabase/client.ts';
import { createUpstreamGuard } from '../../src/upstream/upstream.ts';
import { type Context, MAX_REQUEST_MS } from './check.ts';

/** The variables that a connection to Supabase needs. */
export const SUPABASE_VARIABLES = ['SUPABASE_URL', 'SUPABASE_SERVICE_ROLE_KEY'] as const;

/** Creates the service's own reader, without a breaker: a failed check must not stop another one. */
export function createReader({ config, http, events }: Context<(typeof SUPABASE_VARIABLES)[number]>): SupabaseReader {
  return createSupabaseReader({
    url: config.SUPABASE_URL,
    key: config.SUPABASE_SERVICE_ROLE_KEY,
    anonKey: config.SUPABASE_ANON_KEY,
    http,
    upstream: createUpstreamGuard({ name: 'supabase', timeoutMs: MAX_REQUEST_MS, events, failuresToOpen: Infinity }),
  });
}
