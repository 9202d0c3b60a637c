import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findPostgres, openPostgresServer } from '../../sandbox/postgres-server.ts';
import { randomFrom } from '../../sandbox/sample-days.ts';
import { openFakeUpstreams, userNumber } from '../support/fake-upstreams.ts';
import { makeScratchFolder } from '../support/folders.ts';
import { buildAnswer, buildMessageId } from '../support/message-ids.ts';
import { openPostgresStore } from '../support/store-contract/shared.ts';
import { injectFaults } from './cluster-faults.ts';
import { findProblems } from './cluster-problems.ts';
import { createClusterRecord } from './cluster-record.ts';
import { type ClusterSlot, closeSlot, startSlot } from './cluster-slots.ts';

// Runs several instances on one PostgreSQL under traffic. With a printed seed, it randomly kills and freezes instances,
// terminates connections and restarts PostgreSQL, and compares the accepted messages with the replies.

/** The seed of a run is printed, so that its traffic and its faults can be repeated. */
const MAX_SEED = 2 ** 31;
/** Replies count as lost if no message is sent for this time, ms: longer than a freeze and a lease together. */
const STALL_MS = 60_000;
/** Maximum time in which a load balancer waits for a response before it calls another instance, ms. */
const BALANCER_TIMEOUT_MS = 3_000;
const DEFAULT_SCHEMA = 'sapa_whatsapp';

const { values } = parseArgs({
  options: {
    /** Numbers of instances, one after the other. */
    instances: { type: 'string', default: '2,3' },
    /** Time of faults with each number of instances. */
    seconds: { type: 'string', default: '180' },
    'freeze-seconds': { type: 'string', default: '30' },
    'pause-seconds': { type: 'string', default: '6' },
    senders: { type: 'string', default: '20' },
    seed: { type: 'string' },
    /** Each kind of fault once; a freeze is only a little longer than the lease. */
    short: { type: 'boolean', default: false },
  },
});
const given = values.short ? { seconds: 0, freezeSeconds: 8, pauseSeconds: 1 } : undefined;
const settings = {
  instances: values.instances.split(',').map(Number),
  forMs: (given?.seconds ?? Number(values.seconds)) * 1_000,
  freezeMs: (given?.freezeSeconds ?? Number(values['freeze-seconds'])) * 1_000,
  meanPauseMs: (given?.pauseSeconds ?? Number(values['pause-seconds'])) * 1_000,
  senders: Number(values.senders),
  seed: Number(values.seed ?? Math.floor(Math.random() * MAX_SEED)),
};

const binaries = findPostgres();
if (!binaries) throw new Error('PostgreSQL is not installed (Debian: apt install postgresql)');
print(`seed ${settings.seed}`);
const startedAt = performance.now();
const random = randomFrom(settings.seed);
// Its calls depend on the load, so it does not share the sequence of the faults.
const randomLatency = randomFrom(settings.seed + 1);
const folder = makeScratchFolder();
const database = await openPostgresServer({ binaries, folder: folder.path });
const upstreams = await openFakeUpstreams({ users: settings.senders, historyLimit: 1_000 });
const authors = new Map<string, string>();
const record = createClusterRecord((id) => authors.get(id));
const slots: ClusterSlot[] = [];
let isWriting = true;
let users: Promise<void>[] = [];
for (const count of settings.instances) {
  while (slots.length < count) await addSlot();
  users =
    users.length > 0 ? users : Array.from({ length: settings.senders }, (_, index) => write(userNumber(index), index));
  print(`${count} instances:`);
  await injectFaults({ slots, database, record, random, ...settings, print });
}
isWriting = false;
await Promise.all(users);
const pending = await waitUntilAnswered();
const stops = await Promise.all(slots.map(({ running }) => running.stop('SIGTERM')));
const store = await openPostgresStore(database.url, DEFAULT_SCHEMA);
const deadLetters = await store.deadLetters.list({ limit: 1_000, cursor: 0 });
await store.close();
const { problems, repeatedParts, givenUp } = findProblems(record, { pending, deadLetters });
for (const { code } of stops) if (code !== 0) problems.push(`an instance ended with ${code}`);
for (const problem of problems) print(`BROKEN: ${problem}`);
print(
  `${authors.size} messages, ${record.sentParts.length} parts, ${record.faults.length} faults, ${Math.round((performance.now() - startedAt) / 1_000)} s; ` +
    `${repeatedParts} parts in flight were sent twice, ${givenUp} turns were given up after three interruptions`,
);
print(problems.length === 0 ? 'Every promise held.' : `PROMISES WERE BROKEN (seed ${settings.seed}).`);
await Promise.all(slots.map(closeSlot));
await upstreams.close();
await database.close();
folder.remove();
process.exitCode = problems.length === 0 ? 0 : 1;

async function addSlot(): Promise<void> {
  const slot = await startSlot({
    index: slots.length + 1,
    databaseUrl: database.url,
    supabase: upstreams.supabase,
    script: async (request) => {
      await sleep(20 + randomLatency() * 400);
      return buildAnswer(request);
    },
  });
  record.observe(slot);
  slots.push(slot);
}

/** Sends messages of one user, each after the 200 of the previous one, to random instances. */
async function write(sender: string, index: number): Promise<void> {
  const choose = randomFrom(settings.seed * 1_009 + index);
  const accepted: string[] = [];
  record.accepted.set(sender, accepted);
  while (isWriting) {
    await sleep(choose() * 3_000);
    const id = buildMessageId(authors.size + 1);
    authors.set(id, sender);
    const payload = upstreams.fonnte.buildPayload({ sender, message: `Tolong catat ${id} ya` });
    while (!(await deliver(payload, choose))) await sleep(100);
    accepted.push(id);
  }
}

async function deliver(payload: object, choose: () => number): Promise<boolean> {
  const up = slots.filter(({ isUp }) => isUp);
  const slot = up[Math.floor(choose() * up.length)];
  if (!slot) return false;
  const options = { retries: 0, timeoutMs: BALANCER_TIMEOUT_MS };
  return (await upstreams.fonnte.deliver(slot.webhook, payload, options)).statuses[0] === 200;
}

/** Resolves when every accepted message was answered, or nothing was sent for STALL_MS. @returns the pending messages */
async function waitUntilAnswered(): Promise<number> {
  const observer = await openPostgresStore(database.url, DEFAULT_SCHEMA);
  let parts = -1;
  let lastAt = performance.now();
  for (;;) {
    if (record.sentParts.length !== parts) lastAt = performance.now();
    parts = record.sentParts.length;
    const { pending: count } = await observer.inbox.status();
    if (count === 0 || performance.now() - lastAt > STALL_MS) {
      await observer.close();
      return count;
    }
    await sleep(200);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
