import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor } from '../src/config/schema.ts';
import { createSupabaseReader, type SupabaseReader } from '../src/supabase/client.ts';
import type { SupabaseProblem } from '../src/supabase/problem.ts';
import { createUsers, type Users } from '../src/supabase/users.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';
import { type Breaker, createUpstreamGuard } from '../src/upstream/upstream.ts';

/** SAPA's data in Supabase: which user a number belongs to, and the rows that the tools read. */
export interface SupabaseService extends Users {
  reader: SupabaseReader;
  breaker: Breaker;
  /** `ok`, the state of the open circuit breaker, or the problem of the project. */
  status(): 'ok' | 'open' | 'half-open' | SupabaseProblem;
}

declare module 'fastify' {
  interface FastifyInstance {
    supabase: SupabaseService;
  }
}

/** Timeout of one Supabase request, ms. */
const TIMEOUT_MS = 5_000;

const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow } = app;
  const breaker = createUpstreamGuard({ name: 'supabase', timeoutMs: TIMEOUT_MS, events, monotonicNow });
  const reader = createSupabaseReader({
    url: config.SUPABASE_URL,
    key: config.SUPABASE_SERVICE_ROLE_KEY,
    anonKey: config.SUPABASE_ANON_KEY,
    http: createHttpClient({ connections: connectionsFor(config) }),
    upstream: breaker,
  });
  const status = () => {
    const state = breaker.state();
    return state === 'closed' ? (reader.problem() ?? 'ok') : state;
  };
  app.decorate('supabase', { ...createUsers({ reader, events, now }), reader, breaker, status });
  app.addHook('onClose', () => reader.close());
};

export default fp(plugin, { name: 'supabase', dependencies: ['config'] });
