import type { InjectOptions } from 'fastify';
import type { Test } from 'tap';
import { type FakeUpstreams, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { type Service, startService } from '../support/service.ts';
import { type Suite, seed } from './cases.ts';

/** Allowed statuses of a healthy service: never 500, never 503. */
const ALLOWED_STATUSES = new Set([200, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 502]);
/** A slower response means that the service hangs, even on a slow machine. */
const MAX_RESPONSE_MS = 30_000;

export interface FuzzTarget {
  upstreams: FakeUpstreams;
  service: Service;
  /** Sends a request. @throws if the response is not allowed for an unauthenticated caller */
  call(request: InjectOptions): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Counts a case with its duration, ms. */
  recordCase(durationMs: number): void;
  /** Reports the number of cases and checks that the service is healthy. */
  finish(t: Test, suite: Suite): Promise<void>;
}

/** Starts a service without rate limits, except the limit of failed requests, and without turns. */
export async function startTarget(t: Test): Promise<FuzzTarget> {
  const upstreams = await startFakeUpstreams(t);
  const limits = { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 1_000_000, MAX_INBOX: 10_000_000 };
  const service = await startService(t, upstreams, limits);
  const prototypes = snapshot();
  let cases = 0;
  let slowest = 0;
  const recordCase = (durationMs: number) => {
    cases += 1;
    slowest = Math.max(slowest, durationMs);
  };
  return {
    upstreams,
    service,
    recordCase,
    async call(request) {
      const startedAt = performance.now();
      const response = await within(MAX_RESPONSE_MS, service.app.inject(request));
      recordCase(performance.now() - startedAt);
      return checkResponse(response.statusCode, response.payload);
    },
    async finish(t, suite) {
      t.comment(`${suite}: ${cases} cases, seed ${seed}, slowest ${Math.round(slowest)} ms`);
      t.same(snapshot(), prototypes, 'no prototype was touched');
      const broken = service.occurrences.filter(({ type }) => BROKEN.has(type));
      t.same(broken, [], 'nothing failed inside');
      const health = await service.app.inject('/api/health');
      t.equal(health.statusCode, 200, 'and it still answers');
      cases = 0;
    },
  };
}

const BROKEN = new Set(['request.failed', 'turn.failed', 'store.failed', 'store.quarantined']);

/** Checks that a response has the documented format. @throws otherwise */
export function checkResponse(status: number, text: string): { status: number; body: Record<string, unknown> } {
  if (!ALLOWED_STATUSES.has(status)) throw new Error(`answered ${status}: ${text.slice(0, 300)}`);
  if (/\bat \S+ \(|node:internal|\.ts:\d+|node_modules/.test(text)) throw new Error(`a stack trace: ${text}`);
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  if (status < 400) return { status, body };
  const { error, code, ...others } = body;
  const isPlainError = Object.keys(others).every((name) => status === 502 && name === 'reason');
  if (typeof error !== 'string' || error === '' || !/^[A-Z_]+$/.test(String(code)) || !isPlainError) {
    throw new Error(`no {error, code}: ${status} ${text.slice(0, 300)}`);
  }
  return { status, body };
}

function snapshot(): string[] {
  const prototypes = { Object, Array, Function, String, Number };
  return Object.entries(prototypes).flatMap(([name, { prototype }]) =>
    Object.getOwnPropertyNames(prototype).map((property) => `${name}.${property}`),
  );
}

async function within<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
