import type { FakeUpstreams } from './fake-upstreams.ts';
import type { HttpResponse } from './http.ts';
import type { Service } from './service.ts';

/** The effects of webhook requests: events and upstream requests. */
export interface Effects {
  events: string[];
  /** Number of requests to the upstreams. */
  supabase: number;
  fonnte: number;
  gemini: number;
  /** Number of accepted messages without an answer. */
  pending: number;
}

export const NO_EFFECTS: Effects = { events: [], supabase: 0, fonnte: 0, gemini: 0, pending: 0 };

/** Runs `work` and waits until the service is idle. @returns the effects */
export async function measureEffects(
  { supabase, fonnte, gemini }: FakeUpstreams,
  service: Service,
  work: () => Promise<unknown>,
): Promise<Effects> {
  const upstreams = [supabase, fonnte, gemini] as const;
  const before = upstreams.map(({ requestCount }) => requestCount);
  const events = service.occurrences.length;
  await work();
  await service.idle();
  const [toSupabase = 0, toFonnte = 0, toGemini = 0] = upstreams.map(
    ({ requestCount }, i) => requestCount - (before[i] ?? 0),
  );
  return {
    events: service.occurrences
      .slice(events)
      .map(({ type }) => type)
      // The first call with a timestamp also confirms our clock.
      .filter((type) => type !== 'request.completed' && type !== 'clock.checked'),
    supabase: toSupabase,
    fonnte: toFonnte,
    gemini: toGemini,
    pending: (await service.app.store.inbox.status()).pending,
  };
}

/** Resolves when this number of further requests has a sequence number. */
export async function waitForSequenceNumbers(
  {
    app: {
      store: { inbox },
    },
  }: Service,
  count: number,
): Promise<void> {
  const { nextSequence: takeNumber } = inbox;
  const { promise, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  inbox.nextSequence = () => {
    taken += 1;
    if (taken === count) setImmediate(resolve);
    return takeNumber();
  };
  await promise;
  inbox.nextSequence = takeNumber;
}

/** @returns only status and body, for comparisons */
export const answered = ({ status, body }: HttpResponse) => ({ status, body });

export const ACCEPTED = { status: 200, body: { success: true, status: 'accepted' } };
export const DUPLICATE = { status: 200, body: { success: true, status: 'duplicate' } };
export const ignored = (reason: string) => ({ status: 200, body: { success: true, status: 'ignored', reason } });
export const INVALID_MESSAGE = {
  status: 400,
  body: { error: 'Sender dan pesan wajib diisi.', code: 'INVALID_MESSAGE' },
};
export const NOT_LINKED = { status: 403, body: { error: 'Nomor belum terverifikasi.', code: 'NOT_LINKED' } };
