import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { connectionsFor } from '../src/config/schema.ts';
import { createTools, type Tools } from '../src/gemini/tools/tools.ts';
import { createSupabaseReader } from '../src/supabase/client.ts';
import { createReportParser } from '../src/supabase/reports/parser.ts';
import { createUsers, type Users } from '../src/supabase/users.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';
import { createUpstreamGuard, type UpstreamGuard } from '../src/upstream/upstream.ts';

declare module 'fastify' {
  interface FastifyInstance {
    sapa: Tools;
    users: Users;
    supabase: UpstreamGuard;
  }
}

/** The longest wait for one Supabase call, ms. */
const TIMEOUT_MS = 5_000;

/** SAPA's data: who a number belongs to, and what that user may see. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow } = app;
  const upstream = createUpstreamGuard({ name: 'supabase', timeoutMs: TIMEOUT_MS, events, monotonicNow });
  const http = createHttpClient({ connections: connectionsFor(config) });
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key, SUPABASE_ANON_KEY: anonKey } = config;
  const reader = createSupabaseReader({ url, key, anonKey, http, upstream });
  app.decorate('supabase', upstream);
  const onSkippedRows = (table: string, count: number) => events.emit({ type: 'rows.skipped', table, count });
  const { APP_TIMEZONE: timezone, PORTAL_NAME: portalName } = config;
  const parser = createReportParser();
  const onUnparsed = (error: unknown) => {
    // What was being parsed when the service was told to stop is no trouble.
    if (app.stopping) return;
    const { code, message } = error as NodeJS.ErrnoException;
    events.emit({ type: 'report.parse-failed', reason: String(code ?? message) });
  };
  app.decorate('sapa', createTools({ reader, parser, timezone, now, portalName, onSkippedRows, onUnparsed }));
  app.decorate('users', createUsers({ reader, events, now }));
  app.addHook('onClose', () => Promise.all([reader.close(), parser.close()]));
};

export default fp(plugin, { name: 'supabase', dependencies: ['config', 'lifecycle'] });
