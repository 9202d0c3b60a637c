import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Fault } from '../../sandbox/faults.ts';
import { senderOf } from '../../src/conversation-key.ts';
import { userNumber } from '../support/fake-upstreams.ts';
import { buildAnswer, buildMessageId } from '../support/message-ids.ts';
import { type InProcessService, startInProcess } from './in-process.ts';

/** Resources of the process after a round of faults. */
export interface Growth {
  after: string;
  messages: number;
  heapMb: number;
  /** Open file descriptors; 0 on systems without /proc. */
  files: number;
  /** Handles that keep the event loop alive: sockets, timers, requests. */
  resources: number;
}

/** State before the first and the last measurement: no work and no keep-alive connection. */
export const IDLE_BEFORE = 'start, idle';
export const IDLE_AFTER = 'all, idle';
/** Longer than the keep-alive timeout of 4 s, even on a slow machine. */
const IDLE_TIMEOUT_MS = 40_000;
/** Descriptors that libraries open at first use. */
const FIRST_USE_FILES = 8;
const USERS = 40;
/** Duration of each fault. */
const FAULT_MS = 500;
const FAULTS: Fault[] = [
  { kind: 'status', status: 503 },
  { kind: 'refuse' },
  { kind: 'truncated' },
  { kind: 'hang' },
  { kind: 'invalid-json' },
  { kind: 'response-lost' },
];
const UPSTREAMS = ['gemini', 'fonnte', 'supabase'] as const;

/** Runs one service through many faults, one upstream after the other. @returns its resources after each fault */
export async function measureGrowth(rounds: number, tls: boolean): Promise<Growth[]> {
  const service = await startInProcess(
    USERS,
    { GEMINI_TIMEOUT_MS: 300, TURN_DEADLINE_SECONDS: 120, RATE_LIMIT_PER_MINUTE: 100_000, DAILY_TOKENS_PER_USER: 0 },
    { historyLimit: 100, tls },
  );
  service.gemini.scriptResponses(buildAnswer);
  const measure: Growth[] = [{ after: IDLE_BEFORE, messages: 0, ...countResources() }];
  let messages = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      const upstream = UPSTREAMS[round % UPSTREAMS.length] ?? 'gemini';
      // Each upstream gets every fault once before any fault repeats.
      const fault = FAULTS[(round + Math.floor(round / FAULTS.length)) % FAULTS.length] ?? { kind: 'refuse' };
      await service[upstream].setFault(fault);
      await Promise.all(Array.from({ length: USERS }, (_, user) => write(service, user, ++messages)));
      await sleep(FAULT_MS);
      await service[upstream].clearFaults();
      while ((await service.app.store.inbox.status()).pending > 0) await sleep(50);
      measure.push({ after: `${upstream}: ${fault.kind}`, messages, ...countResources() });
    }
    return [...measure, { after: IDLE_AFTER, messages, ...(await idle(measure[0]?.files ?? 0)) }];
  } finally {
    await service.close();
  }
}

async function write({ fonnte, app, webhook }: InProcessService, user: number, number: number): Promise<void> {
  const sender = userNumber(user);
  // Clear the cache, so that each round identifies the users again.
  app.supabase.forget(senderOf(sender));
  const payload = fonnte.buildPayload({ sender, message: `Tolong catat ${buildMessageId(number)} ya` });
  // Close client connections, so that only the resources of the service count.
  await fonnte.deliver(webhook, payload, { headers: { connection: 'close' } });
}

/** @returns the resources after all keep-alive connections have closed */
async function idle(before: number): Promise<ReturnType<typeof countResources>> {
  const deadline = performance.now() + IDLE_TIMEOUT_MS;
  let now = countResources();
  while (now.files > before + FIRST_USE_FILES && performance.now() < deadline) {
    await sleep(500);
    now = countResources();
  }
  return now;
}

function countResources(): Pick<Growth, 'heapMb' | 'files' | 'resources'> {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return {
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    files: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    resources: process.getActiveResourcesInfo().length,
  };
}
