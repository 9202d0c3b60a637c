import pg from 'pg';
import t, { type Test } from 'tap';
import { senderOf } from '../../../../src/conversation-key.ts';
import type { Store } from '../../../../src/store/types.ts';
import { userNumber } from '../../../support/fake-upstreams.ts';
import {
  addition,
  fingerprint,
  newMessage,
  openStoreFixture,
  SENDER,
  USER,
} from '../../../support/store-contract/samples.ts';
import { databaseUrl, NO_POSTGRES, onPostgres, runSql } from '../../../support/store-contract/shared.ts';
import { waitUntil } from '../../../support/wait.ts';

const skip = NO_POSTGRES;
const url = skip ? '' : await databaseUrl(t);
const CONVERSATIONS = 60;
const ROUNDS = 5;
/** As many as fit into one statement. */
const senders = Array.from({ length: CONVERSATIONS }, (_, index) => userNumber(index));
const inReverse = senders.toReversed();

/** Two instances on one schema. */
async function openTwo(t: Test, place: string) {
  const open = onPostgres(t, url);
  const fixture = await openStoreFixture(t, open, 1_000_000, place);
  const b = await open({ place, now: () => fixture.clock.at, monotonicNow: () => fixture.clock.at });
  t.teardown(() => b.close());
  /** Accepts a message of each sender, in one statement. */
  const accept = (store: Store, of = senders) => {
    // Sequence numbers of two instances differ by the time.
    fixture.clock.at += 1_000;
    return of.flatMap((sender) => {
      const message = fixture.message({ sender, seq: store.inbox.nextSequence() });
      return store.inbox.accept([newMessage(message, fingerprint(), { perMinute: 1_000_000, maxInbox: 1_000_000 })]);
    });
  };
  return { a: fixture.store, b, accept };
}

t.test('statements of two instances lock their rows in one order', { skip }, async (t) => {
  const database = new URL(url).pathname.slice(1);
  // Before a lock timeout, which would hide a deadlock.
  await runSql(url, `ALTER DATABASE ${database} SET deadlock_timeout = '20ms'`);
  t.teardown(() => runSql(url, `ALTER DATABASE ${database} RESET deadlock_timeout`));
  const { a, b, accept } = await openTwo(t, `locks ${process.pid}`);
  const day = '2026-11-23';
  const addTokens = (store: Store, of: readonly string[]) =>
    of.flatMap((userId) => store.tokenUsage.add([{ userId, day, tokens: 1 }]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const accepted = await Promise.all([...accept(a), ...accept(b, inReverse)]);
    t.same(new Set(accepted), new Set(['accepted']));
    const works = await Promise.all(inReverse.flatMap((sender) => a.turns.loadNext([{ sender, limit: 50 }])));
    const turns = await Promise.all(
      works.flatMap(({ waiting, pending: { sender } }) =>
        a.turns.start([{ sender, userId: USER, kind: 'answer', seqs: waiting.map(({ seq }) => seq) }]),
      ),
    );
    const ids = turns.map((turn) => turn?.id ?? '');
    await Promise.all([
      ...accept(b),
      ...ids.flatMap((id) => a.turns.complete([{ id, outcome: 'answered', session: addition() }])),
      ...addTokens(b, senders),
    ]);
    await Promise.all([...addTokens(a, inReverse), ...addTokens(b, senders)]);
  }
  const used = await Promise.all(senders.flatMap((userId) => a.tokenUsage.used([{ userId, day }])));
  t.same(new Set(used), new Set([3 * ROUNDS]));
  await Promise.all([a.close(), b.close()]);
  // A connection reports its statistics when it ends.
  const open = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sapa-whatsapp'";
  await waitUntil('the connections have ended', async () => (await runSql(url, open)).length === 0);
  const counted = 'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()';
  t.same(await runSql(url, counted), [{ deadlocks: 0 }]);
});

t.test('accepting messages notifies no one: NOTIFY makes commits wait for each other', { skip }, async (t) => {
  const { a, b, accept } = await openTwo(t, `notify ${process.pid}`);
  const [row] = await runSql(
    url,
    "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test_%' ORDER BY oid DESC LIMIT 1",
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.teardown(() => client.end());
  const channels: string[] = [];
  const deleted = Promise.withResolvers<void>();
  client.on('notification', ({ channel }) => {
    channels.push(channel);
    deleted.resolve();
  });
  await client.query(`LISTEN "${row?.nspname}.forgotten"`);
  await Promise.all([...accept(a), ...accept(b, inReverse)]);
  // Notifications arrive in the order of their commits.
  await a.forget(senderOf(SENDER));
  await deleted.promise;
  t.equal(channels.length, 1, 'that of the deletion');
});
