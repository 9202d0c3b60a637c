import { parseArgs } from 'node:util';
import { type CrashResult, crashRun, hits, type Kill } from './crash-run.ts';
import { PHASES } from './phases.ts';
import { table } from './table.ts';

/** Maximum time from SIGTERM to the exit (product.md: 20 s for running turns, plus the close). */
const EXIT_WITHIN_MS = 25_000;
/** The seed of a run is printed, so that its traffic and its kills can be repeated. */
const ANY_SEED = 2 ** 31;

type Signal = 'SIGKILL' | 'SIGTERM';

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string' },
    senders: { type: 'string', default: '40' },
    signal: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * ANY_SEED));
const senders = Number(values.senders);
const signals = (values.signal ? [values.signal] : ['SIGKILL', 'SIGTERM']) as Signal[];
// Stops take longer than kills and have fewer failure points: run fewer of them.
const killsOf = (signal: Signal) => Number(values.kills ?? (signal === 'SIGKILL' ? 25 : 10));
if (
  ![seed, senders, ...signals.map(killsOf)].every(Number.isInteger) ||
  signals.some((one) => !/^SIG(KILL|TERM)$/.test(one))
) {
  process.stderr.write('crash.ts [--kills 25] [--seed N] [--senders 40] [--signal SIGKILL|SIGTERM]\n');
  process.exit(2);
}

let held = true;
const results: [Signal, CrashResult][] = [];
for (const signal of signals) {
  const kills = killsOf(signal);
  say(`${signal} × ${kills}, ${senders} senders, seed ${seed}`);
  const result = await crashRun({ signal, kills, seed, senders, onKill: tell });
  results.push([signal, result]);
  const broken = brokenPromises(signal, result);
  for (const promise of broken) say(`BROKEN: ${promise}`);
  held &&= broken.length === 0;
}
say('');
say(
  table(
    [
      'fault',
      'messages in',
      'answered',
      'given up',
      'twice',
      'twice, on the wire',
      'on the wire',
      'lost',
      'out of order',
      'wrong sessions',
      'recovery time',
    ],
    results.map(rowOf),
  ),
);
say('');
say(
  table(
    ['phase', ...results.map(([signal]) => `${signal}s that hit it`)],
    PHASES.map((phase) => [phase, ...results.map(([, { kills }]) => hits(kills, phase))]),
  ),
);
for (const [signal, result] of results) say(`\n${signal}: ${notes(result)}`);
say(`\nseed ${seed}: ${held ? 'every promise held' : 'PROMISES WERE BROKEN'}`);
process.exitCode = held ? 0 : 1;

function rowOf([signal, { kills, messages, strangers, breaches, recoveryMs }]: [Signal, CrashResult]): (
  | string
  | number
)[] {
  return [
    `${signal} × ${kills.length}`,
    messages + strangers,
    messages + strangers - breaches.lost.length - breaches.givenUp,
    breaches.givenUp,
    breaches.doubled.length,
    breaches.doubledOnTheWire,
    kills.reduce((sum, { onTheWire }) => sum + onTheWire.length, 0),
    breaches.lost.length,
    breaches.outOfOrder.length,
    breaches.sessions.length,
    `${(recoveryMs / 1000).toFixed(1)} s`,
  ];
}

function brokenPromises(signal: Signal, { kills, breaches }: CrashResult): string[] {
  const { lost, doubled, doubledOnTheWire, outOfOrder, sessions, leftOver } = breaches;
  const count = (what: string, cases: readonly string[]) =>
    cases.length > 0 ? [`${what}: ${cases.length}, such as ${cases[0]}`] : [];
  const general = [
    ...count('answered 200 and never replied to', lost),
    ...count('sent twice, and not on the wire at a kill', doubled),
    ...count('replies out of the order of the messages', outOfOrder),
    ...count('sessions that do not hold what was said', sessions),
    ...count('left in the store', leftOver),
    ...count('more than one part of a conversation on the wire', kills.flatMap(crowded)),
    ...count(
      'a phase that no kill hit',
      PHASES.filter((phase) => kills.length >= PHASES.length && hits(kills, phase) === 0),
    ),
  ];
  if (signal === 'SIGKILL') return general;
  return [
    ...general,
    ...(doubledOnTheWire > 0 ? [`sent twice after a SIGTERM: ${doubledOnTheWire}`] : []),
    ...count(
      'parts that were sent and not noted before the exit',
      kills.flatMap(({ onTheWire }) => onTheWire.map(({ part }) => part)),
    ),
    ...count(
      'exits with another code than 0',
      kills.flatMap(({ code, aimedAt }) => (code === 0 || aimedAt === 'starting' ? [] : [String(code)])),
    ),
    ...count(
      'exits that took too long',
      kills.flatMap(({ exitMs }) => (exitMs > EXIT_WITHIN_MS ? [`${exitMs} ms`] : [])),
    ),
  ];
}

/** @returns the conversations with several parts on the wire: a part was sent before the previous one was recorded */
function crowded({ onTheWire }: Kill): string[] {
  const targets = onTheWire.map(({ target }) => target);
  return targets.filter((target, index) => targets.indexOf(target) !== index);
}

function notes({ kills, calls, committedUnanswered, parts }: CrashResult): string {
  const wire = kills.flatMap(({ onTheWire }) => onTheWire);
  const answered = wire.flatMap(({ answeredMsBefore }) => answeredMsBefore ?? []);
  const back = kills.flatMap(({ backMs }) => backMs ?? []).sort((a, b) => a - b);
  const exits = kills.map(({ exitMs }) => exitMs);
  return [
    `${calls} calls, of them ${committedUnanswered} repeated because the process died between the commit and its 200`,
    `${parts} parts sent`,
    `${wire.length} on the wire at an end (${wire.length - answered.length} not answered by FONNTE yet, ${answered.length} answered up to ${Math.max(0, ...answered)} ms before and not noted)`,
    `back after ${back[back.length >> 1]} ms (median), ${back.at(-1)} ms at most`,
    `exit after ${Math.max(...exits)} ms at most`,
  ].join('; ');
}

function tell(number: number, { aimedAt, seen, onTheWire, code, exitMs }: Kill): void {
  const { calls, answers, sends, between } = seen;
  const ended = code === null ? 'killed' : `code ${code} after ${exitMs} ms`;
  say(
    `${String(number).padStart(4)}. ${aimedAt.padEnd(13)} ${ended}; under way: ${calls} calls, ${answers} answers, ${sends} sends, ${between} between parts; ${onTheWire.length} on the wire`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
