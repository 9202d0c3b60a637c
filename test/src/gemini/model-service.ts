import type { Test } from 'tap';
import type { GeminiRequest } from '../../../sandbox/gemini.ts';
import { sampleId } from '../../../sandbox/sample-days.ts';
import { type FakeUpstreams, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { get } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

export const FIRST = 'gemini-3.8-flash';
export const SECOND = 'gemini-3.5-flash-lite';

/** A service whose answers name their model. Only the test advances the breakers' clock. */
export interface ModelService {
  upstreams: FakeUpstreams;
  service: Service;
  /** Advances both clocks, ms. */
  advance(ms: number): void;
  /** Sends one question from each user at the same time. @returns the replies in the order of the users */
  askAll(users: readonly string[]): Promise<string[]>;
  ask(user: string): Promise<string>;
  /** Returns the requests to a model since the start or the last reset. */
  callsTo(model: string): GeminiRequest[];
  health(): Promise<Record<string, unknown>>;
}

/** Matches calls to this model. */
export const isCallTo = (model: string) => (call: GeminiRequest) => call.model === model;

/** Adds linked users with invented numbers to the fake Supabase. */
export function addUsers(upstreams: FakeUpstreams, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const phone = `62812000${10_000 + index}`;
    upstreams.supabase.tables.users.push({
      id: sampleId('user', 10_000 + index),
      name: `Pegawai ${index}`,
      role: 'user',
      unit: 'Biro Umum',
      is_approved: true,
      phone_number: phone,
      email: `pegawai${index}@contoh.invalid`,
      created_at: '2026-01-05T02:00:00+00:00',
    });
    return phone;
  });
}

export async function startModelService(t: Test, given: Record<string, unknown> = {}): Promise<ModelService> {
  const upstreams = await startFakeUpstreams(t);
  let advanced = 0;
  const service = await startService(
    t,
    upstreams,
    { RATE_LIMIT_PER_MINUTE: 1000, MAX_CONCURRENT_TURNS: 50, DAILY_TOKENS_PER_USER: 0, ...given },
    { now: () => Date.now() + advanced, monotonicNow: () => advanced },
  );
  upstreams.gemini.scriptResponses((_request, model) => ({ text: `dari ${model}` }));
  let question = 0;

  const askAll = async (users: readonly string[]) => {
    const before = upstreams.fonnte.sent.length;
    const timestamp = Math.floor((Date.now() + advanced) / 1000);
    question += 1;
    const message = `Apa kabar, ke-${question}?`;
    await Promise.all(
      users.map((sender) => service.call(upstreams.fonnte.buildPayload({ sender, message, timestamp }))),
    );
    await service.idle();
    const sent = upstreams.fonnte.sent.slice(before);
    return users.map((user) =>
      sent
        .filter(({ target }) => target === user)
        .map(({ message }) => message)
        .join('|'),
    );
  };

  return {
    upstreams,
    service,
    advance: (ms) => {
      advanced += ms;
    },
    askAll,
    ask: async (user) => (await askAll([user])).join(),
    callsTo: (model) => upstreams.gemini.requests.filter(isCallTo(model)),
    health: async () => (await get(`${service.url}/api/health`)).body,
  };
}
