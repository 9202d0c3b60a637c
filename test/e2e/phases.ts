import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import type { FakeGemini } from '../../sandbox/gemini.ts';
import type { Running } from '../support/launcher.ts';
import { parsePart } from '../support/message-ids.ts';
import type { DeliveryCheck } from './delivery-check.ts';
import type { Traffic } from './traffic.ts';

/** The activity of the service at a kill. */
export const PHASES = ['starting', 'accepting', 'answering', 'storing', 'sending', 'between parts', 'ending'] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseContext {
  fonnte: FakeFonnte;
  gemini: FakeGemini;
  traffic: Traffic;
  deliveryCheck: DeliveryCheck;
  random: () => number;
}

/** The observable activity of a process: open requests and replies between two parts. */
export interface Activity {
  calls: number;
  answers: number;
  sends: number;
  betweenParts: number;
}

/** Creates a function that counts the open requests on every side. */
export function createActivityReader({
  fonnte,
  gemini,
  traffic,
  deliveryCheck,
}: Omit<PhaseContext, 'random'>): () => Activity {
  const asked = trackOpenRequests(gemini, ({ method }) => method === 'POST');
  const sent = trackOpenRequests(fonnte, ({ path }) => path === '/send');
  return () => ({
    calls: traffic.countOpenRequests(),
    answers: asked.size,
    sends: sent.size,
    betweenParts: deliveryCheck.betweenParts(),
  });
}

function trackOpenRequests<C>(
  server: {
    onRequest(listener: (request: C) => void): () => void;
    onResponse(listener: (request: C) => void): () => void;
  },
  matches: (request: C) => boolean,
): Set<C> {
  const open = new Set<C>();
  server.onRequest((request) => matches(request) && open.add(request));
  server.onResponse((request) => open.delete(request));
  return open;
}

/** Resolves during the phase, as far as it is observable; at the latest after `timeoutMs`. */
export async function waitForPhase(
  phase: Phase,
  running: Running,
  context: PhaseContext,
  timeoutMs = 20_000,
): Promise<void> {
  const { fonnte, gemini, traffic, random } = context;
  if (phase === 'starting') {
    await Promise.race([sleep(random() * 1_500), running.started.then(() => sleep(random() * 20))]);
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  // Wait for a random time within the phase; 0 is the tick of its first event.
  const resolveSoon = (maxMs: number) => (random() < 0.3 ? resolve() : void setTimeout(resolve, random() * maxMs));
  const unsubscribe: Record<Exclude<Phase, 'starting'>, () => () => void> = {
    accepting: () => traffic.onRequest(() => resolveSoon(15)),
    answering: () => gemini.onRequest(({ method }) => method === 'POST' && resolveSoon(40)),
    storing: () => running.onLog(({ event }) => event === 'turn.reply-stored' && resolve()),
    sending: () => fonnte.onRequest(({ path }) => path === '/send' && resolveSoon(20)),
    'between parts': () => fonnte.onResponse((call) => isPart(call, (part, of) => part < of) && resolveSoon(50)),
    ending: () => fonnte.onResponse((call) => isPart(call, (part, of) => part === of) && resolveSoon(3)),
  };
  await running.started;
  // Interrupt some runs while they resume earlier work, others during normal traffic.
  if (random() < 0.7) await sleep(random() * 2_000);
  const end = unsubscribe[phase]();
  await Promise.race([promise, sleep(timeoutMs), running.exited]);
  end();
}

function isPart(
  { path, body, status }: { path: string; body: unknown; status: number | undefined },
  fits: (part: number, of: number) => boolean,
): boolean {
  if (path !== '/send' || status !== 200) return false;
  const { part, of } = parsePart(String((body as { message?: string }).message));
  return fits(part, of);
}
