import { setImmediate as nextTick } from 'node:timers/promises';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Test } from 'tap';
import type { ConfigOptions } from '../../plugins/config.ts';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createEvents, type EventRecord, type Events, type ServiceEvent } from '../../src/events.ts';
import type { FakeUpstreams } from './fake-upstreams.ts';
import { scratchFolder } from './folders.ts';
import { type HttpResponse, post } from './http.ts';

export const SECRET = 'rahasia-uji-coba';
export const ADMIN_KEY = 'kunci-admin-uji-coba';
/** Longest wait for an event, ms. */
const MAX_EVENT_WAIT_MS = 10_000;

/** The URLs and keys of the upstreams. */
export interface UpstreamAccess {
  fonnte: { url: string; token: string };
  gemini: { url: string; apiKey: string };
  supabase: { url: string; serviceRoleKey: string };
}

/** The environment of a service that calls the fake upstreams without delays. */
export function environmentOf(
  { fonnte, gemini, supabase }: UpstreamAccess,
  given: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    FONNTE_API_URL: `${fonnte.url}/send`,
    FONNTE_TOKEN: fonnte.token,
    SUPABASE_URL: supabase.url,
    SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
    GEMINI_API_KEY: gemini.apiKey,
    GEMINI_BASE_URL: gemini.url,
    // No test calls a host outside this machine.
    MEDIA_HOSTS: '127.0.0.1:9',
    WEBHOOK_SECRET_KEY: SECRET,
    ADMIN_API_KEY: ADMIN_KEY,
    COALESCE_WINDOW_MS: 0,
    PART_INTERVAL_MS: 0,
    LOG_LEVEL: 'silent',
    ...given,
  };
}

export interface Service {
  app: FastifyInstance;
  url: string;
  events: Events;
  /** Every event so far. */
  occurrences: EventRecord[];
  /** Resolves with the first past or future event that matches. @throws after ten seconds */
  waitForEvent<Type extends ServiceEvent['type']>(
    type: Type,
    matches?: (event: Extract<EventRecord, { type: Type }>) => boolean,
  ): Promise<Extract<EventRecord, { type: Type }>>;
  /** Calls the webhook as FONNTE does, with the secret. */
  call(body: unknown, options?: { secret?: string | null; headers?: Record<string, string> }): Promise<HttpResponse>;
  /** Resolves when no turn is waiting or running. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Builds the service with `buildApp`, listens on a free port and closes it with the test. */
export async function startService(
  t: Test,
  upstreams: FakeUpstreams,
  given: Record<string, unknown> = {},
  options: Partial<ConfigOptions> = {},
  server: FastifyServerOptions = {},
): Promise<Service> {
  const config = parseConfig({ DATA_DIR: given.DATA_DIR ?? scratchFolder(t), ...environmentOf(upstreams, given) });
  const events = options.events ?? createEvents(options.now);
  const occurrences: EventRecord[] = [];
  events.on((occurrence) => occurrences.push(occurrence));
  const app = await buildApp({ config, events, ...options }, server);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  // The service checks its FONNTE device as it starts; a test counts only what follows.
  await app.fonnte.checkDevices();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= app.close().then(() => undefined);
    return closed;
  };
  t.teardown(close);
  return {
    app,
    url,
    events,
    occurrences,
    close,
    waitForEvent: (type, matches = () => true) => awaitEvent(events, occurrences, type, matches),
    call: (body, { secret = SECRET, headers = {} } = {}) => {
      const query = secret === null ? '' : `?secret=${encodeURIComponent(secret)}`;
      return post(`${url}/webhook/whatsapp${query}`, body, headers);
    },
    async idle() {
      while (app.conversations.unfinished() > 0) await nextTick();
    },
  };
}

function awaitEvent<Type extends ServiceEvent['type']>(
  events: Events,
  occurrences: readonly EventRecord[],
  type: Type,
  matches: (event: Extract<EventRecord, { type: Type }>) => boolean,
): Promise<Extract<EventRecord, { type: Type }>> {
  type EventFilter = Extract<EventRecord, { type: Type }>;
  const matchesFilter = (occurrence: EventRecord): occurrence is EventFilter =>
    occurrence.type === type && matches(occurrence as EventFilter);
  const past = occurrences.find(matchesFilter);
  if (past) return Promise.resolve(past);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      const last = occurrences.slice(-8).map((occurrence) => occurrence.type);
      reject(new Error(`no ${type} within ${MAX_EVENT_WAIT_MS} ms; the last events were ${last.join(', ')}`));
    }, MAX_EVENT_WAIT_MS);
    const unsubscribe = events.on((occurrence) => {
      if (!matchesFilter(occurrence)) return;
      clearTimeout(timer);
      unsubscribe();
      resolve(occurrence);
    });
  });
}
