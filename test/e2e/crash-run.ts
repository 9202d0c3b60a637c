import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../sandbox/sample-days.ts';
import type { Store } from '../../src/store/types.ts';
import { openFakeUpstreams, strangerNumber, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { get } from '../support/http.ts';
import { createLauncher, type Launcher } from '../support/launcher.ts';
import { buildAnswer, findMessageIds } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { ADMIN_KEY, environmentOf, SECRET } from '../support/service.ts';
import { openSqliteStore } from '../support/store-contract/embedded.ts';
import { type Breaches, createLedger, type Ledger, type OnTheWire } from './delivery-check.ts';
import { createLookout, PHASES, type Phase, reach, type Seen } from './phases.ts';
import { startTraffic, type Traffic } from './traffic.ts';

export interface CrashOptions {
  signal: 'SIGKILL' | 'SIGTERM';
  kills: number;
  seed: number;
  senders: number;
  /** Runs after each kill. */
  onKill?(number: number, kill: Kill): void;
}

/** A kill of the process and the activity at that time. */
export interface Kill {
  aimedAt: Phase;
  seen: Seen;
  onTheWire: OnTheWire[];
  code: number | null;
  /** From the signal to the exit, ms. */
  exitMs: number;
  /** From the next start to the first accepted request, ms; undefined if it was killed before. */
  backMs?: number;
}

export interface CrashResult {
  kills: Kill[];
  messages: number;
  strangers: number;
  calls: number;
  committedUnanswered: number;
  parts: number;
  breaches: Breaches;
  /** From the last start to the last expected reply, ms. */
  recoveryMs: number;
}

const SESSION_KEEPS = 200;
/** Replies count as lost if no message is sent for this time. */
const STALLED_MS = 60_000;
/** Maximum number of additional kills to hit every phase. */
const MORE_KILLS = 20;

/** Kills the real service repeatedly under traffic, restarts it and compares the accepted messages with the replies. */
export async function crashRun(options: CrashOptions): Promise<CrashResult> {
  const { senders, seed } = options;
  const random = randomFrom(seed);
  const folder = makeScratchFolder();
  const world = await openFakeUpstreams({ users: senders, keep: 1_000 });
  const ledger = createLedger(world.fonnte);
  const port = await freePort();
  const launcher = createLauncher(
    environmentOf(world, {
      DATA_DIR: folder.path,
      WHATSAPP_SERVER_PORT: port,
      LOG_LEVEL: 'info',
      COALESCE_WINDOW_MS: 20,
      PART_INTERVAL_MS: 60,
      RATE_LIMIT_PER_MINUTE: 1_000_000,
      DAILY_TOKENS_PER_USER: 0,
      SESSION_MAX_MESSAGES: SESSION_KEEPS,
    }),
  );
  world.fonnte.latencyMs = 25;
  world.supabase.latencyMs = 5;
  world.gemini.scriptResponses(async (request) => {
    await sleep(5 + random() * 200);
    return buildAnswer(request);
  });
  const traffic = startTraffic({
    fonnte: world.fonnte,
    webhook: `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`,
    users: Array.from({ length: senders }, (_, index) => userNumber(index)),
    strangers: Array.from({ length: 5 }, (_, index) => strangerNumber(index)),
    pauseMs: 1_000,
    seed,
    ledger,
  });
  try {
    const kills = await killAgainAndAgain(options, { ...world, traffic, ledger, random }, launcher, folder.path);
    const startedAt = performance.now();
    const last = launcher.start();
    await Promise.race([last.started, last.exited]);
    await traffic.end();
    await settle(ledger, `http://127.0.0.1:${port}`);
    const recoveryMs = Math.round(performance.now() - startedAt);
    await last.stop('SIGTERM');
    const breaches = await withStore(folder.path, (store) => ledger.breaches(store, SESSION_KEEPS));
    return {
      kills,
      messages: ledger.messages(),
      strangers: 5,
      calls: traffic.calls(),
      committedUnanswered: traffic.committedUnanswered(),
      parts: ledger.parts(),
      breaches,
      recoveryMs,
    };
  } finally {
    await launcher.close();
    await world.close();
    folder.remove();
  }
}

type KillScene = Parameters<typeof reach>[2] & { traffic: Traffic; ledger: Ledger };

async function killAgainAndAgain(
  options: CrashOptions,
  scene: KillScene,
  launcher: Launcher,
  directory: string,
): Promise<Kill[]> {
  const look = createLookout(scene);
  const kills: Kill[] = [];
  const planned = phasesFor(options.kills, scene.random);
  for (;;) {
    const hangs = options.signal === 'SIGTERM' && kills.length === 0;
    const aimedAt = hangs ? 'answering' : (planned[kills.length] ?? missedPhase(kills, options.kills));
    if (aimedAt === undefined) return kills;
    // The first stop waits for answers that never arrive: it measures the longest stop.
    if (hangs) await scene.gemini.setFault({ kind: 'hang' });
    const startedAt = performance.now();
    const running = launcher.start();
    let backMs: number | undefined;
    const isBack = () => {
      backMs = Math.round(performance.now() - startedAt);
    };
    running.started.then(isBack, () => undefined);
    await reach(aimedAt, running, scene);
    const seen = look();
    const killedAt = Date.now();
    const { code, ms } = await running.stop(options.signal);
    if (hangs) await scene.gemini.clearFaults();
    const onTheWire = await withStore(directory, (store) => scene.ledger.onTheWire(store, killedAt));
    scene.ledger.nextLife();
    const kill = { aimedAt, seen, onTheWire, code, exitMs: ms, ...(backMs === undefined ? {} : { backMs }) };
    kills.push(kill);
    options.onKill?.(kills.length, kill);
  }
}

/** @returns every phase about equally often, in an order that depends on the seed */
function phasesFor(kills: number, random: () => number): Phase[] {
  const phases = Array.from({ length: kills }, (_, index) => PHASES[index % PHASES.length] ?? 'accepting');
  return phases
    .map((phase) => ({ phase, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ phase }) => phase);
}

/** @returns a phase that no kill has hit yet; undefined if every phase was hit or the limit is reached */
function missedPhase(kills: readonly Kill[], asked: number): Phase | undefined {
  if (asked < PHASES.length || kills.length >= asked + MORE_KILLS) return undefined;
  return PHASES.find((phase) => hits(kills, phase) === 0);
}

/** @returns the number of kills that certainly hit a phase, intended or not */
export function hits(kills: readonly Kill[], phase: Phase): number {
  const fell: Record<Phase, (kill: Kill) => boolean> = {
    starting: ({ backMs }) => backMs === undefined,
    accepting: ({ seen, backMs }) => seen.calls > 0 && backMs !== undefined,
    answering: ({ seen }) => seen.answers > 0,
    // The process writes this log line after the commit and before any send.
    storing: ({ aimedAt }) => aimedAt === 'storing',
    sending: ({ seen }) => seen.sends > 0,
    'between parts': ({ seen }) => seen.between > 0,
    // After SIGTERM the process still commits: count the intended phase.
    ending: ({ onTheWire, aimedAt, code }) =>
      code === null ? onTheWire.some(({ answeredMsBefore }) => answeredMsBefore !== null) : aimedAt === 'ending',
  };
  return kills.filter(fell[phase]).length;
}

async function withStore<T>(directory: string, look: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore(directory);
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** Resolves when all expected replies have arrived, or no message was sent for a long time. */
async function settle(ledger: Ledger, url: string): Promise<void> {
  let parts = ledger.parts();
  let movedAt = performance.now();
  while (!ledger.settled(await givenUp(url)) && performance.now() - movedAt < STALLED_MS) {
    await sleep(100);
    if (ledger.parts() !== parts) movedAt = performance.now();
    parts = ledger.parts();
  }
}

/** @returns the ids of the messages in dead letters */
async function givenUp(url: string): Promise<Set<string>> {
  const { body } = await get(`${url}/api/dead-letters?limit=200`, { 'x-api-key': ADMIN_KEY });
  const letters = body.deadLetters as { messages: string[] }[];
  return new Set(letters.flatMap(({ messages }) => messages.flatMap(findMessageIds)));
}
