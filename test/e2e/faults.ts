import { parseArgs } from 'node:util';
import { FAULT_CASES, type FaultCase } from './fault-cases.ts';
import { type Growth, growth, IDLE_AFTER, IDLE_BEFORE } from './fault-growth.ts';
import { KILLED_CASE, killedRow } from './fault-killed.ts';
import { type FaultRow, faultRow } from './fault-row.ts';
import { type SilentDeath, silentDeaths } from './fault-silent.ts';
import { table } from './table.ts';

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
say(
  `${wanted.length} faults over ${tls ? 'TLS with HTTP/2 offered' : 'plain HTTP'}, each in force for ${holdMs} ms or until its turns have ended`,
);
const rows = new Map<FaultCase, FaultRow | Error>();
const waiting = [...wanted];
await Promise.all(Array.from({ length: jobs }, work));
const deaths = values.only === '' ? await silentDeaths() : [];

let held = true;
say('');
say(
  table(
    [
      'fault',
      'protocol',
      'in',
      'answered',
      'apologized',
      'dead, replayed',
      'twice',
      'lost',
      'others meanwhile',
      'slowest ack',
      'recovery time',
      'first attempt at',
    ],
    wanted.map((faultCase) => rowOf(faultCase, rows.get(faultCase))),
  ),
);
say('');
for (const faultCase of wanted)
  for (const broken of brokenPromises(faultCase, rows.get(faultCase))) fail(`${title(faultCase)}: ${broken}`);
if (deaths.length > 0) {
  const head = [
    'connections that died silently',
    'next message',
    'timed out',
    'its reply after',
    'the next reply after',
  ];
  say(table(head, deaths.map(deathRow)));
  say('');
  for (const { upstreams, idleMs, timeouts } of deaths)
    if (idleMs > 0 && timeouts > 0) fail(`${upstreams.join(', ')}: a dead connection was used after ${idleMs} ms`);
}
if (rounds > 0) {
  const measured = await growth(rounds, tls);
  say(
    table(
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
  say('');
  for (const broken of grown(measured)) fail(broken);
}
say(held ? 'every promise held' : 'PROMISES WERE BROKEN');
process.exitCode = held ? 0 : 1;

async function work(): Promise<void> {
  for (let faultCase = waiting.shift(); faultCase; faultCase = waiting.shift()) {
    const made = faultCase === KILLED_CASE ? killedRow() : faultRow(faultCase, holdMs, tls);
    const row = await made.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    rows.set(faultCase, row);
    say(`${String(rows.size).padStart(3)}. ${title(faultCase)}${row instanceof Error ? `: ${row.message}` : ''}`);
  }
}

function deathRow({ upstreams, idleMs, timeouts, replyMs, nextReplyMs }: SilentDeath): (string | number)[] {
  const idle = idleMs === 0 ? 'at once' : `after ${seconds(idleMs)}`;
  return [upstreams.join(', '), idle, timeouts, seconds(replyMs), seconds(nextReplyMs)];
}

function title({ upstream, name }: FaultCase): string {
  return `${upstream}: ${name}`;
}

function rowOf(faultCase: FaultCase, row: FaultRow | Error | undefined): (string | number)[] {
  if (!row || row instanceof Error) return [title(faultCase), ...Array.from({ length: 11 }, () => '?')];
  const {
    messages,
    answered,
    apologised,
    deadLetters,
    twice,
    uncertain,
    lost,
    others,
    slowestAckMs,
    recoveryMs,
    triedAt,
    negotiated,
  } = row;
  return [
    title(faultCase),
    negotiated.join(', ') || 'plain HTTP',
    messages,
    answered,
    apologised,
    deadLetters,
    uncertain > 0 ? `${twice} (of ${uncertain} uncertain)` : twice,
    lost,
    others ? `${others.answered} of ${others.wrote}` : 'all are struck',
    seconds(slowestAckMs),
    seconds(recoveryMs),
    `${triedAt
      .slice(0, 6)
      .map((ms) => (ms / 1000).toFixed(1))
      .join(' ')} s${triedAt.length > 6 ? ` … (${triedAt.length})` : ''}`,
  ];
}

function brokenPromises({ promise, mayDouble = false }: FaultCase, row: FaultRow | Error | undefined): string[] {
  if (!row || row instanceof Error) return [row?.message ?? 'was not made'];
  const { messages, answered, apologised, deadLetters, twice, uncertain, lost, others, triedAt, negotiated } = row;
  const check = (holds: boolean, broken: string) => (holds ? [] : [broken]);
  return [
    ...check(triedAt.length > 0, 'the fault struck no request of the first user'),
    ...check(lost === 0, `${lost} lost`),
    ...check(!negotiated.includes('h2'), 'an upstream was called over HTTP/2'),
    ...check(twice <= (mayDouble ? uncertain : 0), `${twice} twice`),
    ...check(others === null || others.answered === others.wrote, 'others had to wait for one conversation'),
    ...check(answered + apologised >= messages, `${messages} in, ${answered} answered, ${apologised} apologised`),
    ...check(
      promise === 'apology' ? apologised > 0 && deadLetters >= apologised : apologised === 0,
      `${apologised} apologised`,
    ),
    ...check(promise === 'answer' ? deadLetters === 0 : deadLetters > 0, `${deadLetters} dead letters`),
  ];
}

/** @returns the growth of memory and handles, apart from the first use of libraries */
function grown(measured: readonly Growth[]): string[] {
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

function fail(broken: string): void {
  held = false;
  say(`BROKEN: ${broken}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
