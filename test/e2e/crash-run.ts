import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../sandbox/sample-days.ts';
import type { Store } from '../../src/store/types.ts';
import { openFakeUpstreams, unlinkedNumber, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { get } from '../support/http.ts';
import { createLauncher, type Launcher } from '../support/launcher.ts';
import { buildAnswer, findMessageIds } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { ADMIN_KEY, environmentOf, SECRET } from '../support/service.ts';
import { openSqliteStore } from '../support/store-contract/embedded.ts';
import { createDeliveryCheck, type DeliveryCheck, type InFlightPart, type Violations } from './delivery-check.ts';
import { type Activity, createActivityReader, PHASES, type Phase, waitForPhase } from './phases.ts';
import { startTraffic, type Traffic } from './traffic.ts';

export interface CrashOptions {
  signal: 'SIGKILL' | 'SIGTERM';
  kills: number;
  seed: number;
  senders: number;
  /** Kills in this phase only; default: in each about equally often. */
  phase?: Phase | undefined;
  /** Runs after each kill. */
  onKill?(number: number, kill: Kill): void;
}

/** A kill of the process and the activity at that time. */
export interface Kill {
  intendedPhase: Phase;
  seen: Activity;
  inFlightParts: InFlightPart[];
  code: number | null;
  /** From the signal to the exit, ms. */
  exitMs: number;
  /** From the next start to the first accepted request, ms; undefined if it was killed before. */
  restartMs?: number;
}

export interface CrashResult {
  kills: Kill[];
  messages: number;
  strangers: number;
  calls: number;
  committedUnanswered: number;
  parts: number;
  violations: Violations;
  /** From the last start to the last expected reply, ms. */
  recoveryMs: number;
}

const MAX_SESSION_ENTRIES = 200;
/** Replies count as lost if no message is sent for this time. */
const STALL_TIMEOUT_MS = 60_000;
/** Maximum number of additional kills to hit every phase. */
const MAX_EXTRA_KILLS = 20;

/** Kills the real service repeatedly under traffic, restarts it and compares the accepted messages with the replies. */
export async function runCrashes(options: CrashOptions): Promise<CrashResult> {
  const { senders, seed } = options;
  const random = randomFrom(seed);
  const folder = makeScratchFolder();
  const upstreams = await openFakeUpstreams({ users: senders, historyLimit: 1_000 });
  const deliveryCheck = createDeliveryCheck(upstreams.fonnte);
  const port = await freePort();
  const launcher = createLauncher(
    environmentOf(upstreams, {
      DATA_DIR: folder.path,
      WHATSAPP_SERVER_PORT: port,
      LOG_LEVEL: 'info',
      // Long enough for some messages to join a running turn.
      COALESCE_WINDOW_MS: 300,
      PART_INTERVAL_MS: 60,
      RATE_LIMIT_PER_MINUTE: 1_000_000,
      DAILY_TOKENS_PER_USER: 0,
      SESSION_MAX_MESSAGES: MAX_SESSION_ENTRIES,
    }),
  );
  upstreams.fonnte.latencyMs = 25;
  upstreams.supabase.latencyMs = 5;
  upstreams.gemini.scriptResponses(async (request) => {
    await sleep(5 + random() * 200);
    return buildAnswer(request);
  });
  const traffic = startTraffic({
    fonnte: upstreams.fonnte,
    webhook: `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`,
    users: Array.from({ length: senders }, (_, index) => userNumber(index)),
    strangers: Array.from({ length: 5 }, (_, index) => unlinkedNumber(index)),
    pauseMs: 1_000,
    seed,
    deliveryCheck,
  });
  try {
    const kills = await killRepeatedly(
      options,
      { ...upstreams, traffic, deliveryCheck, random },
      launcher,
      folder.path,
    );
    const startedAt = performance.now();
    const last = launcher.start();
    await Promise.race([last.started, last.exited]);
    await traffic.end();
    await waitForReplies(deliveryCheck, `http://127.0.0.1:${port}`);
    const recoveryMs = Math.round(performance.now() - startedAt);
    await last.stop('SIGTERM');
    const violations = await withStore(folder.path, (store) =>
      deliveryCheck.findViolations(store, MAX_SESSION_ENTRIES),
    );
    return {
      kills,
      messages: deliveryCheck.messages(),
      strangers: 5,
      calls: traffic.calls(),
      committedUnanswered: traffic.countCommittedUnanswered(),
      parts: deliveryCheck.parts(),
      violations,
      recoveryMs,
    };
  } finally {
    await launcher.close();
    await upstreams.close();
    folder.remove();
  }
}

type KillContext = Parameters<typeof waitForPhase>[2] & { traffic: Traffic; deliveryCheck: DeliveryCheck };

async function killRepeatedly(
  options: CrashOptions,
  context: KillContext,
  launcher: Launcher,
  directory: string,
): Promise<Kill[]> {
  const readActivity = createActivityReader(context);
  const kills: Kill[] = [];
  const { phase } = options;
  const planned = phase ? Array<Phase>(options.kills).fill(phase) : phasesFor(options.kills, context.random);
  for (;;) {
    const waitsForTimeout = options.signal === 'SIGTERM' && kills.length === 0;
    const intendedPhase = waitsForTimeout
      ? 'answering'
      : (planned[kills.length] ?? (phase ? undefined : missedPhase(kills, options.kills)));
    if (intendedPhase === undefined) return kills;
    // The first stop waits for answers that never arrive: it measures the longest stop.
    if (waitsForTimeout) await context.gemini.setFault({ kind: 'hang' });
    const startedAt = performance.now();
    const running = launcher.start();
    let restartMs: number | undefined;
    const isBack = () => {
      restartMs = Math.round(performance.now() - startedAt);
    };
    running.started.then(isBack, () => undefined);
    await waitForPhase(intendedPhase, running, context);
    const seen = readActivity();
    const killedAt = Date.now();
    const { code, ms } = await running.stop(options.signal);
    if (waitsForTimeout) await context.gemini.clearFaults();
    const inFlightParts = await withStore(directory, (store) =>
      context.deliveryCheck.findInFlightParts(store, killedAt),
    );
    context.deliveryCheck.startRun();
    const kill = {
      intendedPhase,
      seen,
      inFlightParts,
      code,
      exitMs: ms,
      ...(restartMs === undefined ? {} : { restartMs }),
    };
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
function missedPhase(kills: readonly Kill[], requested: number): Phase | undefined {
  if (requested < PHASES.length || kills.length >= requested + MAX_EXTRA_KILLS) return undefined;
  return PHASES.find((phase) => hits(kills, phase) === 0);
}

/** @returns the number of kills that certainly hit a phase, intended or not */
export function hits(kills: readonly Kill[], phase: Phase): number {
  const wasHit: Record<Phase, (kill: Kill) => boolean> = {
    starting: ({ restartMs }) => restartMs === undefined,
    accepting: ({ seen, restartMs }) => seen.calls > 0 && restartMs !== undefined,
    answering: ({ seen }) => seen.answers > 0,
    // The process writes this log line after the commit and before any send.
    storing: ({ intendedPhase }) => intendedPhase === 'storing',
    sending: ({ seen }) => seen.sends > 0,
    'between parts': ({ seen }) => seen.betweenParts > 0,
    // After SIGTERM the process still commits: count the intended phase.
    ending: ({ inFlightParts, intendedPhase, code }) =>
      code === null
        ? inFlightParts.some(({ answeredMsBefore }) => answeredMsBefore !== null)
        : intendedPhase === 'ending',
  };
  return kills.filter(wasHit[phase]).length;
}

async function withStore<T>(directory: string, readActivity: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore(directory);
  try {
    return await readActivity(store);
  } finally {
    await store.close();
  }
}

/** Resolves when all expected replies have arrived, or no message was sent for a long time. */
async function waitForReplies(deliveryCheck: DeliveryCheck, url: string): Promise<void> {
  let parts = deliveryCheck.parts();
  let lastSendAt = performance.now();
  while (!deliveryCheck.isComplete(await deadLetterIds(url)) && performance.now() - lastSendAt < STALL_TIMEOUT_MS) {
    await sleep(100);
    if (deliveryCheck.parts() !== parts) lastSendAt = performance.now();
    parts = deliveryCheck.parts();
  }
}

/** @returns the ids of the messages in dead letters */
async function deadLetterIds(url: string): Promise<Set<string>> {
  const { body } = await get(`${url}/api/dead-letters?limit=200`, { 'x-api-key': ADMIN_KEY });
  const listDeadLetterIds = body.deadLetters as { messages: string[] }[];
  return new Set(listDeadLetterIds.flatMap(({ messages }) => messages.flatMap(findMessageIds)));
}
