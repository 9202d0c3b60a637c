import { setImmediate as nextTick } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { MAX_RUNNING } from '../../../../src/store/postgres/connection.ts';
import { createGatherer } from '../../../../src/store/postgres/gatherer.ts';
import { userNumber } from '../../../support/fake-upstreams.ts';
import { startStatementRecorder } from '../../../support/statement-recorder.ts';
import {
  addition,
  fingerprint,
  newMessage,
  openStoreFixture,
  type StoreFixture,
  storedReply,
} from '../../../support/store-contract/samples.ts';
import { databaseUrl, NO_POSTGRES, onPostgres } from '../../../support/store-contract/shared.ts';

const skip = NO_POSTGRES || (process.env.TEST_DATABASE_URL ? 'the recorder needs a socket of its own' : false);
const url = skip ? '' : await databaseUrl(t);

/** A store on PostgreSQL whose statements are recorded. */
async function openRecorded(t: Test) {
  const recorder = await startStatementRecorder(`${new URL(url).searchParams.get('host')}/.s.PGSQL.5432`);
  const through = new URL(url);
  through.searchParams.delete('host');
  through.host = `127.0.0.1:${recorder.port}`;
  const fixture = await openStoreFixture(t, onPostgres(t, through.href), 10_000);
  t.teardown(() => recorder.close());
  const countRuns = () => recorder.statements.filter(({ text }) => text.includes('.run(')).length;
  /** @returns the results of the operations, and how many statements they took */
  const count = async <T>(run: () => Promise<T>[]): Promise<[number, T[]]> => {
    const before = countRuns();
    const results = await Promise.all(run());
    return [countRuns() - before, results];
  };
  return { recorder, fixture, count };
}

const acceptFrom = (fixture: StoreFixture, index: number) =>
  fixture.store.inbox.accept([
    newMessage(fixture.message({ sender: userNumber(index) }), fingerprint(), { maxInbox: 10_000 }),
  ]);

t.test('concurrent operations of many turns share one statement, and no statement is named', { skip }, async (t) => {
  const { recorder, fixture, count } = await openRecorded(t);
  const { turns } = fixture;
  const senders = Array.from({ length: 200 }, (_, index) => userNumber(index));
  const step = async <T>(name: string, run: () => Promise<T>[]): Promise<T[]> => {
    const [statements, results] = await count(run);
    t.equal(statements, 1, name);
    return results;
  };
  await step('accept', () => senders.flatMap((_, index) => acceptFrom(fixture, index)));
  const works = await step('load', () => senders.flatMap((sender) => turns.loadNext([{ sender, limit: 9 }])));
  const started = await step('open', () =>
    works.flatMap(({ waiting, pending: { sender } }) =>
      turns.start([{ sender, userId: null, kind: 'answer', seqs: waiting.map(({ seq }) => seq) }]),
    ),
  );
  const ids = started.map((turn) => turn?.id ?? '');
  await step('store reply', () => ids.flatMap((id) => turns.saveReply([{ id, ...storedReply(fixture) }])));
  await step('part sent', () => ids.flatMap((id) => turns.recordPartSent([{ id, partsSent: 1 }])));
  const complete = () => ids.flatMap((id) => turns.complete([{ id, outcome: 'answered', session: addition() }]));
  const [statements] = await count(complete);
  t.equal(statements, 2, 'finish: the sessions, and their change with the end of the turns');
  t.match(await fixture.inbox.status(), { pending: 0 });
  t.same(
    recorder.statements.filter(({ name }) => name !== ''),
    [],
  );
});

t.test('six statements run at the same time, the last one only for calls of the webhook', async (t) => {
  const batches: string[][] = [];
  const ended = Promise.withResolvers<void>();
  const gatherer = createGatherer<string>({
    maxRunning: MAX_RUNNING,
    isUrgent: (item) => item.startsWith('accept'),
    async run(batch) {
      batches.push(batch.map(({ item }) => item));
      await ended.promise;
      for (const { item, resolve } of batch) resolve(item);
    },
  });
  const results: Promise<string>[] = [];
  const add = async (item: string) => {
    results.push(gatherer.add(item));
    await nextTick();
  };
  for (let index = 1; index <= 150; index += 1) await add(`turn ${index}`);
  t.equal(batches.length, 5, 'turns');
  await add('accept 1');
  t.same(batches.at(-1), ['accept 1'], 'accepting does not wait for turns');
  await add('accept 2');
  t.equal(batches.length, 6);
  ended.resolve();
  t.equal((await Promise.all(results)).length, 152);
  t.same(batches[6], ['accept 2'], 'accepting is served first');
  t.equal(batches[7]?.length, 145, 'operations of as many ticks wait for one statement');
});
