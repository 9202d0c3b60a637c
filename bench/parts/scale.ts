import { type BenchDatabase, type DatabaseFigures, openBenchDatabase } from '../database.ts';
import { median, summarise } from '../figures.ts';
import { machine } from '../machine.ts';
import { type Bench, type Part, verifyLoad } from '../part.ts';
import { formatSummary } from '../results.ts';
import { formatSizing, SIZING_ASSUMPTIONS } from '../sizing.ts';
import { type Subject, startSubject } from '../subject.ts';
import { ARRIVALS, measureArrivals } from './arrivals.ts';

/** Instances, and the time to the database and back, ms. `sqlite`: one instance with the embedded store, to compare. */
const SETUPS: readonly Setup[] = [
  { instances: 1, latencyMs: 0, store: 'sqlite' },
  ...[0, 5, 30].flatMap((latencyMs) =>
    [1, 2, 4].map((instances) => ({ instances, latencyMs, store: 'postgresql' as const })),
  ),
];
/** Users that ask at the same time: enough to keep a database far away busy, and few for the time of one reply. */
const BUSY = 100;
const CALM = 10;
const QUESTIONS = 4;
/** Loads before the measured ones: each instance must have compiled its code. */
const WARM_UPS = 2;
/** Only the work is measured: no delay for further messages, and no turn waits for a slot. */
const ENV = { COALESCE_WINDOW_MS: 0, MAX_CONCURRENT_TURNS: 400 };

interface Setup {
  instances: number;
  latencyMs: number;
  store: 'sqlite' | 'postgresql';
}

/** One load on a setup, per turn unless named otherwise. */
interface Measurement {
  turnsPerSecond: number;
  serviceCpuMs: number;
  outsideCpuMs: number;
  replyMs: number;
  database: DatabaseFigures;
}

interface SetupResult {
  setup: Setup;
  loads: Measurement[];
  connections: number;
  bytesPerTurn: number;
}

/**
 * Turns per second of 1, 2 and 4 instances on one PostgreSQL of this machine, at several distances, and messages at a constant
 * rate. The section in results.md is the one in docs/scaling.md.
 */
export const scale: Part = async (bench) => {
  const database = await openBenchDatabase();
  try {
    const results: SetupResult[] = [];
    const failures: string[] = [];
    /** One load that this machine can't bear, as while it is busy, does not hide the others. */
    const attempt = async <T>(name: string, measure: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await measure();
      } catch (error) {
        const [reason] = String(error).split('\n');
        failures.push(`${name}: ${reason?.replace(/^(?:Error: )+/, '')}`);
        bench.log(`FAILED ${failures.at(-1)}`);
        return undefined;
      }
    };
    for (const [index, setup] of SETUPS.entries()) {
      const result = await attempt(nameOf(setup), () => measureSetup(bench, database, setup, `bench_${index}`));
      if (result) results.push(result);
    }
    if (results.length === 0) throw new Error(failures.join('; '));
    const arrivals = await attempt(ARRIVALS, () => measureArrivals(bench, database));
    const notes = [
      ...(failures.length > 0 ? [`Not measured: ${failures.join('; ')}.`] : []),
      ...(arrivals ? [arrivals.note] : []),
      ...notesOf(results, database.version),
    ];
    return { title: 'Several instances', rows: arrivals?.rows ?? [], notes };
  } finally {
    await database.close();
  }
};

async function measureSetup(bench: Bench, database: BenchDatabase, setup: Setup, schema: string): Promise<SetupResult> {
  const { outside, rounds, log } = bench;
  const { instances, latencyMs, store } = setup;
  const url = await database.urlWithLatency(latencyMs);
  const variables = store === 'postgresql' ? { DATABASE_URL: url, DATABASE_SCHEMA: schema } : {};
  const subjects: Subject[] = [];
  try {
    for (let number = 0; number < instances; number++)
      subjects.push(await startSubject(outside, 'ours', { env: { ...ENV, ...variables } }));
    const loads: Measurement[] = [];
    let turns = 0;
    for (let round = -WARM_UPS; round < rounds; round++) {
      const load = await measureLoad(bench, database, subjects);
      turns += (BUSY + CALM) * QUESTIONS;
      if (round >= 0) loads.push(load);
      log(`${nameOf(setup)}: ${load.turnsPerSecond.toFixed(0)} turns/s, reply after ${load.replyMs.toFixed(1)} ms`);
    }
    return {
      setup,
      loads,
      connections: await database.connections(),
      bytesPerTurn: (await database.bytesOf(schema)) / turns,
    };
  } finally {
    for (const subject of subjects) await subject.stop();
    await database.dropSchema(schema);
  }
}

async function measureLoad(
  { outside, people }: Bench,
  database: BenchDatabase,
  subjects: readonly Subject[],
): Promise<Measurement> {
  const converse = async (count: number) => {
    const url = subjects.map((subject) => subject.url);
    const given = { url, people: people(count), questions: QUESTIONS, rampUpMs: 0 };
    return verifyLoad('converse', await outside.run('converse', given), count * QUESTIONS);
  };
  const calm = await converse(CALM);
  const cpuMs = () => subjects.reduce((sum, subject) => sum + subject.cpuMs(), 0);
  const before = await database.figures();
  const [serviceBefore, outsideBefore] = [cpuMs(), outside.cpuMs()];
  const busy = await converse(BUSY);
  const [serviceAfter, outsideAfter] = [cpuMs(), outside.cpuMs()];
  const after = await database.figures();
  const turns = busy.replies.length;
  const perTurn = (name: keyof DatabaseFigures) => [name, (after[name] - before[name]) / turns];
  return {
    turnsPerSecond: (turns / busy.wallMs) * 1000,
    serviceCpuMs: (serviceAfter - serviceBefore) / turns,
    outsideCpuMs: (outsideAfter - outsideBefore) / turns,
    replyMs: median(calm.replies.map(({ ms, upstreamMs }) => ms - upstreamMs)),
    database: Object.fromEntries((Object.keys(before) as (keyof DatabaseFigures)[]).map(perTurn)) as DatabaseFigures,
  };
}

function nameOf({ instances, latencyMs, store }: Setup): string {
  const count = `${instances} instance${instances > 1 ? 's' : ''}`;
  return store === 'sqlite' ? `${count}, SQLite` : `${count}, database ${latencyMs} ms away`;
}

/** Formats the turns of all setups as one table. */
function formatOverview(results: readonly SetupResult[]): string {
  const lines = results.map(({ setup, loads }) => {
    const of = (figure: (load: Measurement) => number, unit: string) =>
      formatSummary(summarise(loads.map(figure)), unit);
    const isShared = setup.store === 'postgresql';
    return [
      `${setup.instances}`,
      isShared ? `${setup.latencyMs} ms away` : 'SQLite',
      of(({ turnsPerSecond }) => turnsPerSecond, ''),
      of(({ replyMs }) => replyMs, 'ms'),
      of(({ serviceCpuMs }) => serviceCpuMs, 'ms'),
      isShared ? of(({ database }) => database.cpuMs, 'ms') : '–',
    ].map((cell) => cell.trim());
  });
  const cpu = ['CPU of the instances per turn', 'CPU of the database per turn'];
  const head = ['instances', 'database', 'turns a second', 'reply, p50', ...cpu];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function notesOf(results: readonly SetupResult[], version: string): string[] {
  const onPostgres = results.filter(({ setup }) => setup.store === 'postgresql' && setup.latencyMs === 0);
  const describe = ({ setup, loads, connections, bytesPerTurn }: SetupResult) => {
    const per = (of: (figures: DatabaseFigures) => number) => median(loads.map(({ database }) => of(database)));
    const figures = [
      `${per(({ transactions }) => transactions).toFixed(2)} transactions`,
      `${per(({ rowsInserted }) => rowsInserted).toFixed(1)} rows inserted`,
      `${per(({ rowsUpdated }) => rowsUpdated).toFixed(1)} updated`,
      `${per(({ rowsDeleted }) => rowsDeleted).toFixed(1)} deleted`,
      `${(per(({ walBytes }) => walBytes) / 1024).toFixed(1)} KB of WAL`,
      `${(bytesPerTurn / 1024).toFixed(1)} KB of tables and indexes`,
    ];
    return `${nameOf(setup)}: ${figures.join(', ')}; ${connections} connections`;
  };
  const outside = median(onPostgres.flatMap(({ loads }) => loads.map(({ outsideCpuMs }) => outsideCpuMs))).toFixed(2);
  return [
    formatOverview(results),
    `Fake upstreams respond without delay. Turns: ${BUSY} users each ask ${QUESTIONS} questions; each user asks the next question after FONNTE received the reply; calls are distributed round-robin. Reply: from the call to the reply at FONNTE, with ${CALM} users. One PostgreSQL ${version} with durable commits, the instances, the users and the fake upstreams (${outside} ms of CPU per turn) share one machine (${machine()}); a proxy delays both directions by half of the time.`,
    `Per turn (one message, one reply; without the deletion a day later), database on this machine: ${onPostgres.map(describe).join('. ')}.`,
    ...onPostgres.slice(0, 1).flatMap((result) => [
      '### Sizing',
      `Computed from the figures of ${nameOf(result.setup)}; assumed: ${SIZING_ASSUMPTIONS}.`,
      formatSizing({
        serviceCpuMs: median(result.loads.map(({ serviceCpuMs }) => serviceCpuMs)),
        databaseCpuMs: median(result.loads.map(({ database }) => database.cpuMs)),
        walBytes: median(result.loads.map(({ database }) => database.walBytes)),
        storedBytes: result.bytesPerTurn,
      }),
    ]),
  ];
}
