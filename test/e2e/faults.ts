import { parseArgs } from 'node:util';
import { FAULT_CASES, type FaultCase } from './fault-cases.ts';
import { type Growth, IDLE_AFTER, IDLE_BEFORE, measureGrowth } from './fault-growth.ts';
import { KILLED_CASE, runKilledCase } from './fault-killed.ts';
import { type FaultResult, runFaultCase } from './fault-row.ts';
import { runSilentFailures, type SilentFailure } from './fault-silent.ts';
import { formatTable } from './table.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    hold: { type: 'string' },
    jobs: { type: 'string' },
    rounds: { type: 'string' },
    plain: { type: 'boolean', default: false },
  },
});
/** Duration of a temporary fault; the long form exceeds the 10 s of FONNTE. */
const holdMs = Number(values.hold ?? (values.short ? 1_500 : 15_000));
/** Concurrent rows: a row mostly waits. */
const jobs = Number(values.jobs ?? 16);
/** TLS with HTTP/2 offered, as the real upstreams. */
const tls = !values.plain;
const rounds = Number(values.rounds ?? (values.short ? 3 : 36));

const wanted = [...FAULT_CASES, KILLED_CASE].filter(({ upstream, name }) =>
  `${upstream}: ${name}`.includes(values.only),
);
print(
  `${wanted.length} faults over ${tls ? 'TLS with HTTP/2 offered' : 'plain HTTP'}, each in force for ${holdMs} ms or until its turns have ended`,
);
const rows = new Map<FaultCase, FaultResult | Error>();
const waiting = [...wanted];
await Promise.all(Array.from({ length: jobs }, runJobs));
const silentFailures = values.only === '' ? await runSilentFailures() : [];

let allPassed = true;
print('');
print(
  formatTable(
    [
      'fault',
      'protocol',
      'in',
      'answered',
      'apologized',
      'dead, replayed',
      'twice',
      'lost',
      'other users answered',
      'slowest ack',
      'recovery time',
      'first attempt at',
    ],
    wanted.map((faultCase) => toRow(faultCase, rows.get(faultCase))),
  ),
);
print('');
for (const faultCase of wanted)
  for (const violation of listViolations(faultCase, rows.get(faultCase))) fail(`${title(faultCase)}: ${violation}`);
if (silentFailures.length > 0) {
  const head = [
    'connections that died silently',
    'next message',
    'timed out',
    'its reply after',
    'the next reply after',
  ];
  print(formatTable(head, silentFailures.map(silentFailureRow)));
  print('');
  for (const { upstreams, idleMs, timeouts } of silentFailures)
    if (idleMs > 0 && timeouts > 0) fail(`${upstreams.join(', ')}: a dead connection was used after ${idleMs} ms`);
}
if (rounds > 0) {
  const measured = await measureGrowth(rounds, tls);
  print(
    formatTable(
      ['after', 'messages', 'heap', 'sockets and files', 'resources'],
      measured.map(({ after, messages, heapMb, files, resources }) => [
        after,
        messages,
        `${heapMb.toFixed(1)} MB`,
        files,
        resources,
      ]),
    ),
  );
  print('');
  for (const violations of checkGrowth(measured)) fail(violations);
}
print(allPassed ? 'every promise held' : 'PROMISES WERE BROKEN');
process.exitCode = allPassed ? 0 : 1;

async function runJobs(): Promise<void> {
  for (let faultCase = waiting.shift(); faultCase; faultCase = waiting.shift()) {
    const made = faultCase === KILLED_CASE ? runKilledCase() : runFaultCase(faultCase, holdMs, tls);
    const runRow = await made.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    rows.set(faultCase, runRow);
    print(
      `${String(rows.size).padStart(3)}. ${title(faultCase)}${runRow instanceof Error ? `: ${runRow.message}` : ''}`,
    );
  }
}

function silentFailureRow({ upstreams, idleMs, timeouts, replyMs, nextReplyMs }: SilentFailure): (string | number)[] {
  const idle = idleMs === 0 ? 'at once' : `after ${seconds(idleMs)}`;
  return [upstreams.join(', '), idle, timeouts, seconds(replyMs), seconds(nextReplyMs)];
}

function title({ upstream, name }: FaultCase): string {
  return `${upstream}: ${name}`;
}

function toRow(faultCase: FaultCase, runRow: FaultResult | Error | undefined): (string | number)[] {
  if (!runRow || runRow instanceof Error) return [title(faultCase), ...Array.from({ length: 11 }, () => '?')];
  const {
    messages,
    answered,
    apologized,
    deadLetters,
    sentTwice,
    uncertain,
    lost,
    others,
    slowestAckMs,
    recoveryMs,
    triedAt,
    negotiated,
  } = runRow;
  return [
    title(faultCase),
    negotiated.join(', ') || 'plain HTTP',
    messages,
    answered,
    apologized,
    deadLetters,
    uncertain > 0 ? `${sentTwice} (of ${uncertain} uncertain)` : sentTwice,
    lost,
    others ? `${others.answered} of ${others.writers}` : 'all are struck',
    seconds(slowestAckMs),
    seconds(recoveryMs),
    `${triedAt
      .slice(0, 6)
      .map((ms) => (ms / 1000).toFixed(1))
      .join(' ')} s${triedAt.length > 6 ? ` … (${triedAt.length})` : ''}`,
  ];
}

function listViolations(
  { promise, mayBeSentTwice = false }: FaultCase,
  runRow: FaultResult | Error | undefined,
): string[] {
  if (!runRow || runRow instanceof Error) return [runRow?.message ?? 'was not made'];
  const { messages, answered, apologized, deadLetters, sentTwice, uncertain, lost, others, triedAt, negotiated } =
    runRow;
  const check = (check: boolean, violations: string) => (check ? [] : [violations]);
  return [
    ...check(triedAt.length > 0, 'the fault struck no request of the first user'),
    ...check(lost === 0, `${lost} lost`),
    ...check(!negotiated.includes('h2'), 'an upstream was called over HTTP/2'),
    ...check(sentTwice <= (mayBeSentTwice ? uncertain : 0), `${sentTwice} twice`),
    ...check(others === null || others.answered === others.writers, 'others had to wait for one conversation'),
    ...check(answered + apologized >= messages, `${messages} in, ${answered} answered, ${apologized} apologized`),
    ...check(
      promise === 'apology' ? apologized > 0 && deadLetters >= apologized : apologized === 0,
      `${apologized} apologized`,
    ),
    ...check(promise === 'answer' ? deadLetters === 0 : deadLetters > 0, `${deadLetters} dead letters`),
  ];
}

/** @returns the growth of memory and handles, apart from the first use of libraries */
function checkGrowth(measured: readonly Growth[]): string[] {
  const before = measured.find(({ after }) => after === IDLE_BEFORE);
  const end = measured.find(({ after }) => after === IDLE_AFTER);
  if (!before || !end) return ['growth was not measured'];
  const slack = { heapMb: 16, files: 10, resources: 10 } as const;
  return (Object.keys(slack) as (keyof typeof slack)[]).flatMap((kind) =>
    end[kind] > before[kind] + slack[kind] ? [`${kind} grew from ${before[kind]} to ${end[kind]}`] : [],
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function fail(violations: string): void {
  allPassed = false;
  print(`BROKEN: ${violations}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
