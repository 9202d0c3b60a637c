import { syncMs } from '../disk.ts';
import { median, percentile } from '../figures.ts';
import { type Bench, type Measured, measured, sound } from '../part.ts';
import { absolute, compared, type Row } from '../results.ts';
import { startSubject } from '../subject.ts';

const PER_SECOND = 300;
const SECONDS = 8;
const PEOPLE = 1_200;
const DELAYS = { gemini: 2_000, fonnte: 150 };
/** Each sender writes every 4 s, more than the ten a minute that product.md allows. */
const ENV = { MAX_CONCURRENT_TURNS: 1_000, RATE_LIMIT_PER_MINUTE: 1_000 };

type Name = 'ours' | 'bare' | 'least';
type Kept = Record<Name, Measured[]>;

/** The acknowledgement's time at a fixed rate, against a bare route that makes the same upstream calls in the background. */
export async function steadyRows(bench: Bench): Promise<{ rows: Row[]; notes: string[] }> {
  const { outside, rounds, say } = bench;
  await outside.do('delays', DELAYS);
  const ours = await startSubject(outside, 'ours', { env: ENV });
  // With the identity cached a turn makes these three.
  const bare = await startSubject(outside, 'bare', { env: { BARE_CALLS: 'typing,generate,send' } });
  const least = await startSubject(outside, 'least', { env: { BARE_CALLS: 'typing,generate,send' } });
  const kept: Kept = { ours: [], bare: [], least: [] };
  const syncs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    syncs.push(await syncMs());
    for (const subject of round % 2 === 0 ? [ours, bare, least] : [least, bare, ours]) {
      const people = bench.people(PEOPLE);
      const steady = (seconds: number) => ({ url: subject.url, people, perSecond: PER_SECOND, seconds });
      // Everybody writes once: their identity is known from then on, for a minute.
      sound('warm-up', await outside.do('steady', steady(PEOPLE / PER_SECOND)), PEOPLE);
      const load = await measured(bench, subject, (people) => people.do('steady', steady(SECONDS)));
      sound(`${subject.kind} at ${PER_SECOND}/s`, load, PER_SECOND * SECONDS);
      if (load.calls.identify > 0) throw new Error('identities were not cached');
      kept[subject.kind as Name].push(load);
      const [p50, p99] = [percentile(load.acks, 0.5), percentile(load.acks, 0.99)];
      const reply = percentile(
        load.replies.map(({ ms }) => ms),
        0.5,
      );
      say(
        `round ${round + 1}: ${subject.kind} p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, reply ${Math.round(reply)} ms`,
      );
    }
  }
  await ours.stop();
  await bare.stop();
  await least.stop();
  return { rows: rowsOf(kept, syncs), notes: notesOf(kept) };
}

function rowsOf({ ours, bare, least }: Kept, syncs: number[]): Row[] {
  const at = (share: number) => (load: Measured) => percentile(load.acks, share);
  const cpu = ({ accepted, cpuMs }: Measured) => (cpuMs / accepted) * 1000;
  const row = (name: string, share: number, most: number) =>
    compared(`acknowledgement at ${PER_SECOND}/s, ${name}`, ours.map(at(share)), bare.map(at(share)), {
      unit: 'ms',
      goal: { at: 'most', value: most },
    });
  const leastRow = (name: string, share: number) =>
    compared(`the same of (c) the least, ${name}`, least.map(at(share)), bare.map(at(share)), { unit: 'ms' });
  const reply = ({ replies }: Measured) =>
    percentile(
      replies.map(({ ms }) => ms),
      0.5,
    );
  return [
    row('p50', 0.5, 2),
    row('p99', 0.99, 3),
    leastRow('p50', 0.5),
    leastRow('p99', 0.99),
    absolute('a sync of this disk alone', syncs, 'ms'),
    compared(`CPU of a whole message at ${PER_SECOND}/s`, ours.map(cpu), bare.map(cpu), { unit: 'µs' }),
    compared(`the same of (c)`, least.map(cpu), bare.map(cpu), { unit: 'µs' }),
    compared(`reply at ${PER_SECOND}/s, p50 (ours waits one window of 800 ms)`, ours.map(reply), bare.map(reply), {
      unit: 'ms',
    }),
  ];
}

function notesOf({ ours, bare }: Kept): string[] {
  const cost = (loads: Measured[]) => median(loads.map(({ wallMs, outsideCpuMs }) => outsideCpuMs / wallMs));
  const latest = Math.max(...[...ours, ...bare].map(({ latestMs }) => latestMs));
  const messages = (PER_SECOND * SECONDS * ours.length).toLocaleString('en-US');
  return [
    `At ${PER_SECOND}/s: ${PEOPLE.toLocaleString('en-US')} senders with their identity cached, ${SECONDS} s a round, Gemini ${DELAYS.gemini} ms, FONNTE ${DELAYS.fonnte} ms, ` +
      `\`MAX_CONCURRENT_TURNS=1000\`, \`RATE_LIMIT_PER_MINUTE=1000\` (each writes every 4 s). An answer's time counts from when its call was to be sent. The bare route makes the same ` +
      'three calls (typing, generateContent, send) over undici in the background; (c) does so and keeps message, turn, reply and session in our store. ' +
      'A sync of the disk is one `fdatasync` of 20 KiB appended to a file beside it. ' +
      `All ${messages} messages were accepted by ours, each was answered exactly as it was asked for, none refused, none lost. ` +
      `People and stand-ins, which spin to keep the rate, took ${Math.round(cost(ours) * 100)} % of one core (${Math.round(cost(bare) * 100)} % with the bare route); the latest call was sent ${latest.toFixed(1)} ms late.`,
  ];
}
