import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeFonnte } from '../../sandbox/fonnte.ts';
import type { FakeGemini } from '../../sandbox/gemini.ts';
import type { Running } from '../support/launcher.ts';
import { parsePart } from '../support/message-ids.ts';
import type { Ledger } from './delivery-check.ts';
import type { Traffic } from './traffic.ts';

/** What the service is doing when it is ended. */
export const PHASES = ['starting', 'accepting', 'answering', 'storing', 'sending', 'between parts', 'ending'] as const;
export type Phase = (typeof PHASES)[number];

export interface Scene {
  fonnte: FakeFonnte;
  gemini: FakeGemini;
  traffic: Traffic;
  ledger: Ledger;
  random: () => number;
}

/** What can be seen from outside of what a process is doing. */
export interface Seen {
  calls: number;
  answers: number;
  sends: number;
  between: number;
}

/** Looks at the calls that are under way on every side. */
export function createLookout({ fonnte, gemini, traffic, ledger }: Omit<Scene, 'random'>): () => Seen {
  const asked = underWay(gemini, ({ method }) => method === 'POST');
  const sent = underWay(fonnte, ({ path }) => path === '/send');
  return () => ({
    calls: traffic.callsUnderWay(),
    answers: asked.size,
    sends: sent.size,
    between: ledger.betweenParts(),
  });
}

function underWay<C>(
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

/** Resolves in the middle of the phase, as far as that can be told from outside; after `patienceMs` anyhow. */
export async function reach(phase: Phase, running: Running, scene: Scene, patienceMs = 20_000): Promise<void> {
  const { fonnte, gemini, traffic, random } = scene;
  if (phase === 'starting') {
    await Promise.race([sleep(random() * 1_500), running.started.then(() => sleep(random() * 20))]);
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  // A stretch of the phase that differs each time; 0 as well, which is the very tick of what begins it.
  const soon = (mostMs: number) => (random() < 0.3 ? resolve() : void setTimeout(resolve, random() * mostMs));
  const off: Record<Exclude<Phase, 'starting'>, () => () => void> = {
    accepting: () => traffic.onCall(() => soon(15)),
    answering: () => gemini.onRequest(({ method }) => method === 'POST' && soon(40)),
    storing: () => running.onLog(({ event }) => event === 'turn.reply-stored' && resolve()),
    sending: () => fonnte.onRequest(({ path }) => path === '/send' && soon(20)),
    'between parts': () => fonnte.onResponse((call) => isPart(call, (part, of) => part < of) && soon(50)),
    ending: () => fonnte.onResponse((call) => isPart(call, (part, of) => part === of) && soon(3)),
  };
  await running.started;
  // Some runs are cut off while they take up what the one before left, the others when they are in full swing.
  if (random() < 0.7) await sleep(random() * 2_000);
  const end = off[phase]();
  await Promise.race([promise, sleep(patienceMs), running.exited]);
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
