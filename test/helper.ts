import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Test } from 'tap';
import type { ConfigOptions } from '../plugins/config.ts';
import { type FonnteStandIn, startFonnte } from '../sandbox/fonnte.ts';
import { type GeminiStandIn, startGemini } from '../sandbox/gemini.ts';
import { sampleData } from '../sandbox/sample-data.ts';
import { type SupabaseStandIn, startSupabase } from '../sandbox/supabase.ts';
import { buildApp } from '../src/app.ts';
import { parseConfig } from '../src/config/load.ts';
import { createEvents, type EventRecord, type Events, type ServiceEvent } from '../src/events.ts';
import { trustedCertificate } from './support/certificate.ts';

export const SECRET = 'rahasia-uji-coba';
export const ADMIN_KEY = 'kunci-admin-uji-coba';
/** Sample users of the sandbox. */
export const LINKED = '6281200000001';
export const OTHER_LINKED = '6281200000002';
export const UNLINKED = '6281200000099';

export interface World {
  fonnte: FonnteStandIn;
  gemini: GeminiStandIn;
  supabase: SupabaseStandIn;
}

/**
 * The three stand-ins on free ports, closed with the test. With `tls` they serve HTTPS and offer HTTP/2, as the real
 * upstreams do, and the test fails if a client used it.
 */
export async function startWorld(t: Test, { tls = false }: { tls?: boolean } = {}): Promise<World> {
  const tables = sampleData(new Date());
  const options = { certificate: tls ? await trustedCertificate() : undefined };
  const [fonnte, gemini, supabase] = await Promise.all([
    startFonnte(options),
    startGemini(options),
    startSupabase({ tables, ...options }),
  ]);
  t.teardown(async () => {
    const upstreams = [fonnte, gemini, supabase];
    await Promise.all(upstreams.map((upstream) => upstream.close()));
    if (upstreams.some(({ negotiated }) => negotiated.has('h2'))) throw new Error('an upstream was called over HTTP/2');
  });
  return { fonnte, gemini, supabase };
}

/** The environment of a service that talks to the stand-ins, quick where real life waits. */
export function environmentOf(world: World, given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    FONNTE_API_URL: `${world.fonnte.url}/send`,
    FONNTE_TOKEN: world.fonnte.token,
    SUPABASE_URL: world.supabase.url,
    SUPABASE_SERVICE_ROLE_KEY: world.supabase.serviceRoleKey,
    GEMINI_API_KEY: world.gemini.apiKey,
    GEMINI_BASE_URL: world.gemini.url,
    // No test reaches out of this machine.
    MEDIA_HOSTS: '127.0.0.1:9',
    WEBHOOK_SECRET_KEY: SECRET,
    ADMIN_API_KEY: ADMIN_KEY,
    COALESCE_WINDOW_MS: 0,
    PART_INTERVAL_MS: 0,
    LOG_LEVEL: 'silent',
    ...given,
  };
}

/** A folder of its own for a store, gone with the test. */
export function scratchFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sapa-wa-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Service {
  app: FastifyInstance;
  url: string;
  events: Events;
  /** Everything that happened so far. */
  occurrences: EventRecord[];
  /** The next event, past or to come, that fits; rejects after ten seconds. */
  happened<Type extends ServiceEvent['type']>(
    type: Type,
    fits?: (event: Extract<EventRecord, { type: Type }>) => boolean,
  ): Promise<Extract<EventRecord, { type: Type }>>;
  /** Calls the webhook as FONNTE does, with the secret; status and body. */
  call(body: unknown, options?: { secret?: string | null; headers?: Record<string, string> }): Promise<Answered>;
  /** Resolves when no conversation has anything left to do. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface Answered {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

/** The service built by its own `buildApp`, listening on a free port, closed with the test. */
export async function startService(
  t: Test,
  world: World,
  given: Record<string, unknown> = {},
  options: Partial<ConfigOptions> = {},
  server: FastifyServerOptions = {},
): Promise<Service> {
  const config = parseConfig({ DATA_DIR: given.DATA_DIR ?? scratchFolder(t), ...environmentOf(world, given) });
  const events = options.events ?? createEvents(options.now);
  const occurrences: EventRecord[] = [];
  events.on((occurrence) => occurrences.push(occurrence));
  const app = await buildApp({ config, events, ...options }, server);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  // It asks FONNTE about the device as it starts: what a test looks at comes after that.
  await app.checkDevice();
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
    happened: (type, fits = () => true) => awaitEvent(events, occurrences, type, fits),
    call: (body, { secret = SECRET, headers = {} } = {}) => {
      const query = secret === null ? '' : `?secret=${encodeURIComponent(secret)}`;
      return post(`${url}/webhook/whatsapp${query}`, body, headers);
    },
    async idle() {
      while (app.conversations.unfinished() > 0) await nextTick();
    },
  };
}

/** A clock that stands still until it is told to go on, ms. */
export function heldClock(at = Date.now()): { now: () => number; advance(ms: number): void } {
  let time = at;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
  };
}

/** Posts JSON (or a string, Buffer or form as it is) and reads the JSON answer. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const raw = typeof body === 'string' || body instanceof Uint8Array || body instanceof URLSearchParams;
  const type = raw ? {} : { 'content-type': 'application/json' };
  const init: RequestInit = { method: 'POST', headers: { ...type, ...headers } };
  if (body !== undefined) init.body = raw ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body);
  const response = await fetch(url, init);
  return { status: response.status, body: await readJson(response), headers: response.headers };
}

/** Gets a JSON answer. */
export async function get(url: string, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await fetch(url, { headers });
  return { status: response.status, body: await readJson(response), headers: response.headers };
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function awaitEvent<Type extends ServiceEvent['type']>(
  events: Events,
  occurrences: readonly EventRecord[],
  type: Type,
  fits: (event: Extract<EventRecord, { type: Type }>) => boolean,
): Promise<Extract<EventRecord, { type: Type }>> {
  type Wanted = Extract<EventRecord, { type: Type }>;
  const isWanted = (occurrence: EventRecord): occurrence is Wanted =>
    occurrence.type === type && fits(occurrence as Wanted);
  const past = occurrences.find(isWanted);
  if (past) return Promise.resolve(past);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      off();
      reject(
        new Error(
          `${type} did not happen; the last were ${occurrences
            .slice(-8)
            .map((o) => o.type)
            .join(', ')}`,
        ),
      );
    }, 10_000);
    const off = events.on((occurrence) => {
      if (!isWanted(occurrence)) return;
      clearTimeout(timer);
      off();
      resolve(occurrence);
    });
  });
}
