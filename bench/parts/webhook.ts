import { percentile } from '../figures.ts';
import { type MeasuredLoad, measureLoad, type Part, verifyLoad } from '../part.ts';
import { comparedRow } from '../results.ts';
import { startSubject } from '../subject.ts';

const PER_SECOND = 300;
const SECONDS = 8;
const PEOPLE = 1_200;
const DELAYS = { gemini: 2_000, fonnte: 150 };
/** Each sender writes every 4 s, more often than the default limit of ten a minute. */
const ENV = { MAX_CONCURRENT_TURNS: 1_000, RATE_LIMIT_PER_MINUTE: 1_000 };
/** With a cached identity a turn makes these three requests. */
const BARE = { BARE_CALLS: 'typing,generate,send' };

/** Response time of the webhook at a fixed rate with slow upstreams, compared with a bare route that makes the same requests. */
export const webhook: Part = async (bench) => {
  const { outside, rounds, log } = bench;
  await outside.run('delays', DELAYS);
  const ours = await startSubject(outside, 'ours', { env: ENV });
  const bare = await startSubject(outside, 'bare', { env: BARE });
  const loads = { ours: [] as MeasuredLoad[], bare: [] as MeasuredLoad[] };
  for (let round = 0; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? [ours, bare] : [bare, ours]) {
      const people = bench.people(PEOPLE);
      const steady = (seconds: number) => ({ url: subject.url, people, perSecond: PER_SECOND, seconds });
      // Warm-up: every sender writes once, so that the identity is cached for a minute.
      verifyLoad('warm-up', await outside.run('steady', steady(PEOPLE / PER_SECOND)), PEOPLE);
      const load = await measureLoad(bench, subject, (outside) => outside.run('steady', steady(SECONDS)));
      verifyLoad(`${subject.kind} at ${PER_SECOND}/s`, load, PER_SECOND * SECONDS);
      if (load.calls.identify > 0) throw new Error('identities were not cached');
      loads[subject.kind as 'ours' | 'bare'].push(load);
      const [p50, p99] = [percentile(load.responseTimes, 0.5), percentile(load.responseTimes, 0.99)];
      log(`round ${round + 1}: ${subject.kind} p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
    }
  }
  await ours.stop();
  await bare.stop();
  const at = (share: number) => (load: MeasuredLoad) => percentile(load.responseTimes, share);
  const row = (name: string, share: number) =>
    comparedRow(`webhook response at ${PER_SECOND}/s, ${name}`, loads.ours.map(at(share)), loads.bare.map(at(share)), {
      unit: 'ms',
    });
  const cpu = ({ accepted, cpuMs }: MeasuredLoad) => (cpuMs / accepted) * 1000;
  return {
    title: 'Webhook response time',
    rows: [
      row('p50', 0.5),
      row('p99', 0.99),
      comparedRow(`CPU of a message at ${PER_SECOND}/s`, loads.ours.map(cpu), loads.bare.map(cpu), { unit: 'µs' }),
    ],
    notes: [
      `${PEOPLE.toLocaleString('en-US')} senders, ${SECONDS} s a round, Gemini ${DELAYS.gemini} ms, FONNTE ${DELAYS.fonnte} ms. The response time counts from the scheduled time of the call. ` +
        'The bare route parses the same JSON, responds at once and makes the same three requests over undici in the background; it stores nothing. All messages were accepted and answered exactly once.',
    ],
  };
};
