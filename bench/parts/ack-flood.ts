import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median } from '../figures.ts';
import { type Bench, type Measured, measured, sound } from '../part.ts';
import { compared, type Row } from '../results.ts';
import { type Subject, startSubject } from '../subject.ts';

const CONNECTIONS = 64;
const SECONDS = 3;
/** Each writes less than ten times in a round, as in real life, so that the rate limit's count stays what it is. */
const PEOPLE = 4_000;
/** Turns are held back: they begin 10 s after a sender's last message, one at a time, and the first waits for Gemini. */
const HELD_BACK = { COALESCE_WINDOW_MS: 10_000, MAX_CONCURRENT_TURNS: 1, GEMINI_TIMEOUT_MS: 120_000 };
const GEMINI_MS = 600_000;
/** What the one turn that runs may do in a round: the word that it takes a moment, and a model after the other. */
const OF_ONE_TURN = 3;
const NO_LIMITS = { RATE_LIMIT_PER_MINUTE: 1_000_000, MAX_INBOX: 10_000_000, TURN_DEADLINE_SECONDS: 600 };

type Name = 'ours' | 'bare' | 'least';
type Kept = Record<Name, Measured[]>;

/** As many durable acknowledgements a second as can be, against a bare route that parses the same JSON. */
export async function floodRows(bench: Bench): Promise<{ rows: Row[]; notes: string[] }> {
  const { outside, rounds, say } = bench;
  await outside.do('delays', { gemini: GEMINI_MS });
  const ours = await startSubject(outside, 'ours', { env: { ...HELD_BACK, ...NO_LIMITS } });
  const bare = await startSubject(outside, 'bare');
  const least = await startSubject(outside, 'least');
  const kept: Kept = { ours: [], bare: [], least: [] };
  let accepted = 0;
  let warmUps = 0;
  for (let round = 0; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? [ours, bare, least] : [least, bare, ours]) {
      const people = bench.people(PEOPLE);
      const flood = (seconds: number) => ({ url: subject.url, people, connections: CONNECTIONS, seconds });
      // Everybody writes once: their identity is known from then on.
      const warmUp = sound('warm-up', await outside.do('flood', flood(0)), PEOPLE);
      const load = sound('flood', await measured(bench, subject, (people) => people.do('flood', flood(SECONDS))));
      await outside.do('forget');
      kept[subject.kind as Name].push(load);
      say(`round ${round + 1}: ${subject.kind} ${Math.round((load.accepted / load.wallMs) * 1000)}/s`);
      if (load.calls.send > OF_ONE_TURN || load.calls.generate > OF_ONE_TURN)
        throw new Error('turns were not held back');
      if (subject === ours) accepted += load.accepted;
      if (subject === ours) warmUps += warmUp.accepted;
    }
  }
  await bare.stop();
  await least.stop();
  await mustBeOnDisk(ours, accepted + warmUps);
  return { rows: rowsOf(kept), notes: notesOf(kept) };
}

/** Kills the service at once and looks for every acknowledged message in its store. */
async function mustBeOnDisk(subject: Subject, accepted: number): Promise<void> {
  process.kill(subject.pid, 'SIGKILL');
  const store = new DatabaseSync(join(subject.folder, 'data', 'sapa-wa.sqlite'));
  const found = Number(store.prepare('SELECT count(*) AS count FROM messages').get()?.count);
  store.close();
  await subject.stop();
  if (found !== accepted) throw new Error(`${accepted} messages were acknowledged and ${found} are on disk`);
}

function rowsOf({ ours, bare, least }: Kept): Row[] {
  const perSecond = ({ accepted, wallMs }: Measured) => (accepted / wallMs) * 1000;
  const microseconds = ({ accepted, cpuMs }: Measured) => (cpuMs / accepted) * 1000;
  return [
    compared('accepted webhooks, against a bare route', ours.map(perSecond), bare.map(perSecond), {
      unit: '/s',
      goal: { at: 'least', value: 0.5 },
    }),
    compared('CPU of one', ours.map(microseconds), bare.map(microseconds), { unit: 'µs' }),
    compared('accepted by (c) the least, against a bare route', least.map(perSecond), bare.map(perSecond), {
      unit: '/s',
    }),
    compared('CPU of one by (c)', least.map(microseconds), bare.map(microseconds), { unit: 'µs' }),
  ];
}

function notesOf({ ours, bare }: Kept): string[] {
  const cost = (loads: Measured[]) =>
    median(loads.map(({ accepted, outsideCpuMs }) => (outsideCpuMs / accepted) * 1000));
  const busy = (loads: Measured[]) => median(loads.map(({ wallMs, outsideCpuMs }) => outsideCpuMs / wallMs));
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return [
    `Accepted webhooks: ${CONNECTIONS} connections, a call on each as soon as the one before is answered, for ${SECONDS} s a round; ${PEOPLE.toLocaleString('en-US')} ` +
      `senders whose identity is known; turns are held back by \`COALESCE_WINDOW_MS=10000\` and \`MAX_CONCURRENT_TURNS=1\`. ` +
      'The bare route is Fastify without a logger that parses the same JSON and answers the same; (c) is that with the message and its fingerprint in our store, durably, before it answers. At the end the service is killed with SIGKILL and every acknowledged message is counted on disk. ' +
      `People and stand-ins took ${cost(ours).toFixed(0)} µs of CPU a call with ours (${percent(busy(ours))} of one core) and ${cost(bare).toFixed(0)} µs with the bare route (${percent(busy(bare))}).`,
  ];
}
