import type { BenchDatabase } from '../database.ts';
import { median, percentile } from '../figures.ts';
import { type Bench, verifyLoad } from '../part.ts';
import { absoluteRow, type Row } from '../results.ts';
import { startSubject } from '../subject.ts';

/** Messages a second, and the time to the database and back, ms. */
const PER_SECOND = 300;
const LATENCY_MS = 30;
const SECONDS = 5;
/** Each sender writes every 4 s. */
const PEOPLE = 1_200;
const ENV = { COALESCE_WINDOW_MS: 0, MAX_CONCURRENT_TURNS: 1_000, RATE_LIMIT_PER_MINUTE: 1_000 };
const SCHEMA = 'bench_arrivals';
/** The name of this load in the results. */
export const ARRIVALS = `${PER_SECOND} messages a second, database ${LATENCY_MS} ms away`;

/** Messages at a constant rate on one instance whose database is far away. @throws unless all are accepted and answered */
export async function measureArrivals(bench: Bench, database: BenchDatabase): Promise<{ rows: Row[]; note: string }> {
  const { outside, rounds, log } = bench;
  const url = await database.urlWithLatency(LATENCY_MS);
  const subject = await startSubject(outside, 'ours', { env: { ...ENV, DATABASE_URL: url, DATABASE_SCHEMA: SCHEMA } });
  const people = bench.people(PEOPLE);
  const responseTimes: number[][] = [];
  const replies: number[] = [];
  const statements: number[] = [];
  let connections = 0;
  try {
    const steady = (seconds: number) =>
      outside.run('steady', { url: subject.url, people, perSecond: PER_SECOND, seconds });
    // Every sender writes once, so that the identity is cached.
    verifyLoad('warm-up', await steady(PEOPLE / PER_SECOND), PEOPLE);
    for (let round = 0; round < rounds; round++) {
      const before = await database.figures();
      const load = verifyLoad(ARRIVALS, await steady(SECONDS), PER_SECOND * SECONDS);
      const after = await database.figures();
      responseTimes.push(load.responseTimes);
      replies.push(median(load.replies.map(({ ms }) => ms)));
      statements.push((after.transactions - before.transactions) / load.accepted);
      connections = await database.connections();
      log(
        `${PER_SECOND}/s: p50 ${percentile(load.responseTimes, 0.5).toFixed(0)} ms, p99 ${percentile(load.responseTimes, 0.99).toFixed(0)} ms`,
      );
    }
  } finally {
    await subject.stop();
    await database.dropSchema(SCHEMA);
  }
  const webhook = (share: number) => responseTimes.map((round) => percentile(round, share));
  return {
    rows: [
      absoluteRow(`webhook, p50, ${ARRIVALS}`, webhook(0.5), 'ms'),
      absoluteRow(`webhook, p99, ${ARRIVALS}`, webhook(0.99), 'ms'),
      absoluteRow(`reply, p50, ${ARRIVALS}`, replies, 'ms'),
      absoluteRow(`statements per message, ${ARRIVALS}`, statements, ''),
    ],
    note: `At ${PER_SECOND} messages a second, ${PEOPLE.toLocaleString('en-US')} users write to one instance for ${SECONDS} s a round; its statements use six connections, and ${connections} are open. All messages were accepted and answered.`,
  };
}
