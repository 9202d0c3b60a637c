import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openFakeUpstreams, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { get, post } from '../support/http.ts';
import { createLauncher } from '../support/launcher.ts';
import { buildAnswer, buildMessageId, findMessageIds } from '../support/message-ids.ts';
import { freePort } from '../support/ports.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { waitUntil } from '../support/wait.ts';
import { formatTable } from './table.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    short: { type: 'boolean', default: false },
    inbox: { type: 'string', default: '300' },
    times: { type: 'string', default: '5' },
  },
});
/** Duration of the overload after the inbox is full. */
const seconds = values.short ? 8 : Number(values.seconds);
const maxInbox = Number(values.inbox);
const times = Number(values.times);
/** Slots and model latency: they define an answer rate that is low for any machine. */
const SLOTS = 4;
const MODEL_MS = 100;
/** Heap limit in MB: small, so that V8 collects garbage early and retained objects become visible. */
const MAX_HEAP_MB = 160;
/** Maximum growth over the idle process: buffers, compiled code, garbage; MB. */
const MEMORY_SLACK_MB = 100;
/** Maximum growth between the first and the last third of the overload, MB. */
const GROWTH_SLACK_MB = 40;

interface Phase {
  name: string;
  seconds: number;
  calls: number;
  accepted: number;
  refused: number;
  ackMs: number[];
  refusedMs: number[];
  memoryMb: number[];
}

const folder = makeScratchFolder();
// Each user has at most one pending message, so that each message gets its own turn.
const users = maxInbox + 100;
const upstreams = await openFakeUpstreams({ users, historyLimit: 100 });
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const launcher = createLauncher(
  environmentOf(upstreams, {
    DATA_DIR: folder.path,
    WHATSAPP_SERVER_PORT: port,
    LOG_LEVEL: 'info',
    MAX_INBOX: maxInbox,
    MAX_CONCURRENT_TURNS: SLOTS,
    RATE_LIMIT_PER_MINUTE: 1_000_000,
    DAILY_TOKENS_PER_USER: 0,
    NODE_OPTIONS: `--max-old-space-size=${MAX_HEAP_MB}`,
  }),
);
const violations: string[] = [];
const expected = new Set<string>();
const answers = new Map<string, number>();
const free: number[] = Array.from({ length: users }, (_, user) => user);
let written = 0;
let withoutRetryAfter = 0;

try {
  await measure();
} finally {
  await launcher.close();
  await upstreams.close();
  folder.remove();
}
for (const promise of violations) print(`BROKEN: ${promise}`);
print(violations.length === 0 ? 'every promise held' : 'PROMISES WERE BROKEN');
process.exitCode = violations.length === 0 ? 0 : 1;

async function measure(): Promise<void> {
  upstreams.gemini.latencyMs = MODEL_MS;
  upstreams.gemini.scriptResponses((request) => {
    const answer = buildAnswer(request);
    return 'text' in answer ? { text: answer.text?.slice(0, 500) ?? '' } : answer;
  });
  upstreams.fonnte.onSent(({ target, message }) => {
    for (const mark of findMessageIds(message)) {
      answers.set(mark, (answers.get(mark) ?? 0) + 1);
      expected.delete(mark);
    }
    free.push(Number(target) - Number(userNumber(0)));
  });
  const service = launcher.start();
  await service.started;
  const memory = () => memoryMb(service.pid);

  const warm = newPhase('unloaded');
  for (let index = 0; index < 60; index++) {
    await write(warm);
    await waitForAnswers();
    warm.memoryMb.push(memory());
  }
  const capacity = await measureAnswerRate(newPhase('at capacity'), memory);
  const rate = times * capacity.perSecond;
  const filling = await sendAtRate(
    newPhase(`${times} × capacity, filling`),
    rate,
    memory,
    (phase) => phase.refused > 0,
  );
  const full = await sendAtRate(
    newPhase(`${times} × capacity, inbox full`),
    rate,
    memory,
    (phase) => phase.seconds >= seconds,
  );
  const recoveredFrom = performance.now();
  const after = newPhase('afterwards');
  await waitUntil('the service accepts again', async () => (await write(after)) === 200, {
    timeoutMs: 180_000,
    intervalMs: 5,
  });
  const acceptsAgainMs = performance.now() - recoveredFrom;
  await waitForAnswers();
  const emptyMs = performance.now() - recoveredFrom;
  for (let index = 0; index < 60; index++) {
    await write(after);
    await waitForAnswers();
  }
  after.memoryMb.push(memory());
  const health = await get(`${origin}/api/health`);

  const phases = [warm, capacity.phase, filling, full, after];
  print(
    formatTable(
      ['phase', 'calls', 'answered 200', 'answered 503', 'ack median', 'ack 95 %', '503 median', 'memory'],
      phases.map((phase) => [
        phase.name,
        phase.calls,
        phase.accepted,
        phase.refused,
        ms(phase.ackMs, 0.5),
        ms(phase.ackMs, 0.95),
        ms(phase.refusedMs, 0.5),
        `${Math.round(Math.max(...phase.memoryMb))} MB`,
      ]),
    ),
  );
  const ratio = (at: number) => (quantile([...filling.ackMs, ...full.ackMs], at) / quantile(warm.ackMs, at)).toFixed(1);
  print(
    `\n${capacity.perSecond.toFixed(1)} answers a second can be given, ${rate.toFixed(0)} messages a second came; ` +
      `acknowledgements took ${ratio(0.5)} times as long as unloaded (median), ${ratio(0.95)} times (95 %); ` +
      `the next message was taken ${(acceptsAgainMs / 1000).toFixed(1)} s after the end, all were answered after ${(emptyMs / 1000).toFixed(1)} s, without a restart`,
  );

  const twice = [...answers.values()].filter((count) => count > 1).length;
  const third = Math.max(1, Math.floor(full.memoryMb.length / 3));
  const [early, late] = [Math.max(...full.memoryMb.slice(0, third)), Math.max(...full.memoryMb.slice(-third))];
  hold(expected.size === 0, `${expected.size} messages were answered 200 and never replied to`);
  hold(twice === 0, `${twice} were replied to twice`);
  hold(full.refused > 0, 'the inbox never was full');
  hold(withoutRetryAfter === 0, `${withoutRetryAfter} refusals without retry-after`);
  hold(Math.max(...full.memoryMb) < Math.max(...warm.memoryMb) + MEMORY_SLACK_MB, 'memory is not bounded');
  hold(late < early + GROWTH_SLACK_MB, `memory grew from ${early.toFixed(0)} to ${late.toFixed(0)} MB under overload`);
  hold(health.body.status === 'healthy', `health says ${String(health.body.status)} afterwards`);
}

/** Keeps all slots busy and the inbox short for some seconds. @returns the answers per second */
async function measureAnswerRate(phase: Phase, memory: () => number): Promise<{ phase: Phase; perSecond: number }> {
  const startedAt = performance.now();
  const before = answers.size;
  while (performance.now() - startedAt < 5_000) {
    if (expected.size < 3 * SLOTS) await Promise.all(Array.from({ length: SLOTS }, () => write(phase)));
    else await sleep(5);
    phase.memoryMb.push(memory());
  }
  phase.seconds = (performance.now() - startedAt) / 1000;
  return { phase, perSecond: (answers.size - before) / phase.seconds };
}

/** Sends requests at a constant rate, regardless of responses, until `enough`. */
async function sendAtRate(
  phase: Phase,
  rate: number,
  memory: () => number,
  enough: (phase: Phase) => boolean,
): Promise<Phase> {
  const startedAt = performance.now();
  const openRequests = new Set<Promise<unknown>>();
  while (!enough(phase)) {
    phase.seconds = (performance.now() - startedAt) / 1000;
    while (phase.calls < phase.seconds * rate && free.length > 0) {
      const call = write(phase).finally(() => openRequests.delete(call));
      openRequests.add(call);
    }
    phase.memoryMb.push(memory());
    await sleep(10);
  }
  await Promise.all(openRequests);
  return phase;
}

/** Sends the next message of a user; after a rejection the user may write again. @returns the response */
async function write(phase: Phase): Promise<number> {
  const user = free.shift();
  if (user === undefined) throw new Error('every user waits');
  written += 1;
  const mark = buildMessageId(written);
  phase.calls += 1;
  // Expect the answer from the request on: it may arrive before the 200.
  expected.add(mark);
  const startedAt = performance.now();
  const payload = upstreams.fonnte.buildPayload({ sender: userNumber(user), message: `Tolong catat ${mark} ya` });
  const { status, headers } = await post(`${origin}/webhook/whatsapp?secret=${SECRET}`, payload);
  const took = performance.now() - startedAt;
  if (status === 200) {
    phase.accepted += 1;
    phase.ackMs.push(took);
    return status;
  }
  expected.delete(mark);
  free.push(user);
  if (status !== 503) throw new Error(`answered ${status}`);
  phase.refused += 1;
  phase.refusedMs.push(took);
  if (!(Number(headers.get('retry-after')) > 0)) withoutRetryAfter += 1;
  return status;
}

/** Polls often, because the previous phase is measured up to this moment. */
function waitForAnswers(): Promise<unknown> {
  return waitUntil('every message has its answer', () => expected.size === 0, { timeoutMs: 180_000, intervalMs: 5 });
}

function newPhase(name: string): Phase {
  return { name, seconds: 0, calls: 0, accepted: 0, refused: 0, ackMs: [], refusedMs: [], memoryMb: [] };
}

/** @returns the resident memory of a process in MB; 0 on systems without /proc */
function memoryMb(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const [, kilobytes = 0] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

function quantile(numbers: readonly number[], at: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

function ms(numbers: readonly number[], at: number): string {
  return numbers.length === 0 ? '–' : `${quantile(numbers, at).toFixed(1)} ms`;
}

function hold(check: boolean, otherwise: string): void {
  if (!check) violations.push(otherwise);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
