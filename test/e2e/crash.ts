import { parseArgs } from 'node:util';
import { type CrashResult, hits, type Kill, runCrashes } from './crash-run.ts';
import { PHASES } from './phases.ts';
import { formatTable } from './table.ts';

/** Maximum time from SIGTERM to the exit (20 s for running turns, plus the close). */
const MAX_EXIT_MS = 25_000;
/** The seed of a run is printed, so that its traffic and its kills can be repeated. */
const MAX_SEED = 2 ** 31;

type Signal = 'SIGKILL' | 'SIGTERM';

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string' },
    senders: { type: 'string', default: '40' },
    signal: { type: 'string' },
    phase: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * MAX_SEED));
const senders = Number(values.senders);
const signals = (values.signal ? [values.signal] : ['SIGKILL', 'SIGTERM']) as Signal[];
// Stops take longer than kills and have fewer failure points: run fewer of them.
const phase = PHASES.find((name) => name === values.phase);
const killsPerRun = (signal: Signal) => Number(values.kills ?? (signal === 'SIGKILL' ? 25 : 10));
if (
  ![seed, senders, ...signals.map(killsPerRun)].every(Number.isInteger) ||
  signals.some((one) => !/^SIG(KILL|TERM)$/.test(one)) ||
  (values.phase !== undefined && phase === undefined)
) {
  process.stderr.write('crash.ts [--kills 25] [--seed N] [--senders 40] [--signal SIGKILL|SIGTERM] [--phase NAME]\n');
  process.exit(2);
}

let allPassed = true;
const results: [Signal, CrashResult][] = [];
for (const signal of signals) {
  const kills = killsPerRun(signal);
  print(`${signal} × ${kills}, ${senders} senders, seed ${seed}`);
  const result = await runCrashes({ signal, kills, seed, senders, phase, onKill: formatActivity });
  results.push([signal, result]);
  const broken = listViolations(signal, result);
  for (const promise of broken) print(`BROKEN: ${promise}`);
  allPassed &&= broken.length === 0;
}
print('');
print(
  formatTable(
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
    results.map(toRow),
  ),
);
print('');
print(
  formatTable(
    ['phase', ...results.map(([signal]) => `${signal}s that hit it`)],
    PHASES.map((phase) => [phase, ...results.map(([, { kills }]) => hits(kills, phase))]),
  ),
);
for (const [signal, result] of results) print(`\n${signal}: ${notes(result)}`);
print(`\nseed ${seed}: ${allPassed ? 'every promise held' : 'PROMISES WERE BROKEN'}`);
process.exitCode = allPassed ? 0 : 1;

function toRow([signal, { kills, messages, strangers, violations, recoveryMs }]: [Signal, CrashResult]): (
  | string
  | number
)[] {
  return [
    `${signal} × ${kills.length}`,
    messages + strangers,
    messages + strangers - violations.lost.length - violations.deadLetterIds,
    violations.deadLetterIds,
    violations.sentTwice.length,
    violations.inFlightSentTwice,
    kills.reduce((sum, { inFlightParts }) => sum + inFlightParts.length, 0),
    violations.lost.length,
    violations.outOfOrder.length,
    violations.sessions.length,
    `${(recoveryMs / 1000).toFixed(1)} s`,
  ];
}

function listViolations(signal: Signal, { kills, violations }: CrashResult): string[] {
  const { lost, sentTwice, inFlightSentTwice, outOfOrder, sessions, unfinished } = violations;
  const count = (what: string, cases: readonly string[]) =>
    cases.length > 0 ? [`${what}: ${cases.length}, such as ${cases[0]}`] : [];
  const general = [
    ...count('answered 200 and never replied to', lost),
    ...count('sent twice, and not on the wire at a kill', sentTwice),
    ...count('replies out of the order of the messages', outOfOrder),
    ...count('sessions that do not hold what was said', sessions),
    ...count('left in the store', unfinished),
    ...count('more than one part of a conversation on the wire', kills.flatMap(overlapping)),
    ...count(
      'a phase that no kill hit',
      PHASES.filter((each) => phase === undefined && kills.length >= PHASES.length && hits(kills, each) === 0),
    ),
  ];
  if (signal === 'SIGKILL') return general;
  return [
    ...general,
    ...(inFlightSentTwice > 0 ? [`sent twice after a SIGTERM: ${inFlightSentTwice}`] : []),
    ...count(
      'parts that were sent and not noted before the exit',
      kills.flatMap(({ inFlightParts }) => inFlightParts.map(({ part }) => part)),
    ),
    ...count(
      'exits with another code than 0',
      kills.flatMap(({ code, intendedPhase }) => (code === 0 || intendedPhase === 'starting' ? [] : [String(code)])),
    ),
    ...count(
      'exits that took too long',
      kills.flatMap(({ exitMs }) => (exitMs > MAX_EXIT_MS ? [`${exitMs} ms`] : [])),
    ),
  ];
}

/** @returns the conversations with several parts on the wire: a part was sent before the previous one was recorded */
function overlapping({ inFlightParts }: Kill): string[] {
  const targets = inFlightParts.map(({ target }) => target);
  return targets.filter((target, index) => targets.indexOf(target) !== index);
}

function notes({ kills, calls, committedUnanswered, parts }: CrashResult): string {
  const wire = kills.flatMap(({ inFlightParts }) => inFlightParts);
  const answered = wire.flatMap(({ answeredMsBefore }) => answeredMsBefore ?? []);
  const back = kills.flatMap(({ restartMs }) => restartMs ?? []).sort((a, b) => a - b);
  const exits = kills.map(({ exitMs }) => exitMs);
  return [
    `${calls} calls, of them ${committedUnanswered} repeated because the process died between the commit and its 200`,
    `${parts} parts sent`,
    `${wire.length} on the wire at an end (${wire.length - answered.length} not answered by FONNTE yet, ${answered.length} answered up to ${Math.max(0, ...answered)} ms before and not noted)`,
    `back after ${back[back.length >> 1]} ms (median), ${back.at(-1)} ms at most`,
    `exit after ${Math.max(...exits)} ms at most`,
  ].join('; ');
}

function formatActivity(number: number, { intendedPhase, seen, inFlightParts, code, exitMs }: Kill): void {
  const { calls, answers, sends, betweenParts } = seen;
  const ended = code === null ? 'killed' : `code ${code} after ${exitMs} ms`;
  print(
    `${String(number).padStart(4)}. ${intendedPhase.padEnd(13)} ${ended}; under way: ${calls} calls, ${answers} answers, ${sends} sends, ${betweenParts} between parts; ${inFlightParts.length} on the wire`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
