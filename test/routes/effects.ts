import type { Occurrence } from '../../src/events.ts';
import type { Answered, Service, World } from '../helper.ts';

/** What calls did beyond their answers: the events they caused, and what was asked of whom. */
export interface Effects {
  events: string[];
  /** Calls that the upstreams got. */
  supabase: number;
  fonnte: number;
  gemini: number;
  /** Messages that are in the inbox, accepted and not yet answered. */
  pending: number;
}

export const NO_EFFECTS: Effects = { events: [], supabase: 0, fonnte: 0, gemini: 0, pending: 0 };

/** What nobody's call caused: its own answer's event, and the check of the device that the service makes by itself. */
const isNoEffect = (event: Occurrence) =>
  event.type === 'http.answered' ||
  event.type === 'device.checked' ||
  (event.type === 'upstream.called' && event.operation === 'device');

/** Counts an upstream's calls from now on; what it returns ends that and tells how many fitted. */
function countCalls<Call>(
  upstream: { onCall(listener: (call: Call) => void): () => void },
  fits: (call: Call) => boolean = () => true,
): () => number {
  let count = 0;
  const end = upstream.onCall((call) => {
    if (fits(call)) count += 1;
  });
  return () => {
    end();
    return count;
  };
}

/** Does `work`, waits until all that it caused is done, and tells what that was. */
export async function effectsOf(
  { supabase, fonnte, gemini }: World,
  service: Service,
  work: () => Promise<unknown>,
): Promise<Effects> {
  const toSupabase = countCalls(supabase);
  const toFonnte = countCalls(fonnte, ({ path }) => path !== '/device');
  const toGemini = countCalls(gemini);
  const events = service.occurrences.length;
  await work();
  await service.idle();
  return {
    events: service.occurrences
      .slice(events)
      .filter((event) => !isNoEffect(event))
      .map(({ type }) => type),
    supabase: toSupabase(),
    fonnte: toFonnte(),
    gemini: toGemini(),
    pending: (await service.app.inbox.state()).pending,
  };
}

/** Resolves when so many more calls have taken their number. */
export async function numbersTaken({ app: { inbox } }: Service, count: number): Promise<void> {
  const { takeNumber } = inbox;
  const { promise, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  inbox.takeNumber = () => {
    taken += 1;
    if (taken === count) setImmediate(resolve);
    return takeNumber();
  };
  await promise;
  inbox.takeNumber = takeNumber;
}

/** Status and body alone, to be compared whole. */
export const answered = ({ status, body }: Answered) => ({ status, body });

export const ACCEPTED = { status: 200, body: { success: true, status: 'accepted' } };
export const DUPLICATE = { status: 200, body: { success: true, status: 'duplicate' } };
export const ignored = (reason: string) => ({ status: 200, body: { success: true, status: 'ignored', reason } });
export const INVALID_MESSAGE = {
  status: 400,
  body: { error: 'Sender dan pesan wajib diisi.', code: 'INVALID_MESSAGE' },
};
export const NOT_LINKED = { status: 403, body: { error: 'Nomor belum terverifikasi.', code: 'NOT_LINKED' } };
