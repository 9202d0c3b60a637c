import t, { type Test } from 'tap';
import { type ConversationKey, senderOf } from '../../../../src/conversation-key.ts';
import type { Connection } from '../../../../src/store/postgres/connection.ts';
import { registerInstance } from '../../../../src/store/postgres/lease.ts';
import { one, type Store } from '../../../../src/store/types.ts';
import { createManualClock } from '../../../support/clock.ts';
import {
  addition,
  fingerprint,
  MINUTE,
  newMessage,
  OTHER,
  openStoreFixture,
  refusal,
  SENDER,
  type StoreFixture,
  storedReply,
  USER,
} from '../../../support/store-contract/samples.ts';
import { databaseUrl, NO_POSTGRES, onPostgres, runSql } from '../../../support/store-contract/shared.ts';

const skip = NO_POSTGRES;
const url = skip ? '' : await databaseUrl(t);
let places = 0;

/** Two instances on one schema. The clock of the second one is `behindMs` behind. */
async function openTwo(
  t: Test,
  behindMs = 0,
): Promise<{ a: StoreFixture; b: Store; schema: string; sql(text: string): Promise<unknown> }> {
  const open = onPostgres(t, url);
  places += 1;
  const place = `ownership ${places}`;
  const a = await openStoreFixture(t, open, 1_000, place);
  const b = await open({ place, now: () => a.clock.at - behindMs, monotonicNow: () => a.clock.at });
  t.teardown(() => b.close());
  const [row] = await runSql(
    url,
    "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test_%' ORDER BY oid DESC LIMIT 1",
  );
  const schema = String(row?.nspname);
  return { a, b, schema, sql: (text) => runSql(url, `SET search_path = ${schema}; ${text}`) };
}

const next = (store: Store, sender = SENDER) => one(store.turns.loadNext([{ sender, limit: 50 }]));
const acceptAt = (store: Store, fixture: StoreFixture, text: string) =>
  one(store.inbox.accept([newMessage(fixture.message({ text }), fingerprint())]));

t.test('a conversation with work belongs to one instance', { skip }, async (t) => {
  const { a, b } = await openTwo(t);
  const { id } = await a.begin('satu');
  t.equal(await acceptAt(b, a, 'dua'), 'accepted', 'every instance accepts its messages');
  t.match(await next(b), { open: null, waiting: [], pending: { openAt: null, crashes: 0 } }, 'but has no work there');
  t.same(await b.turns.pending(), []);
  a.clock.at += MINUTE;
  t.same(await b.turns.claim?.(9), []);
  const seqs = (await next(a.store)).waiting.map(({ seq }) => seq);
  t.equal(await one(b.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }])), null);
  t.equal(await one(b.turns.resume([id])), null);
  t.equal(await one(b.turns.loadOpen([{ id, limit: 9 }])), null);
  t.equal(await one(b.turns.join([{ id, seqs }])), null);
  t.equal(await one(b.turns.saveReply([{ id, ...storedReply(a) }])), false);
  t.equal(await one(b.turns.recordPartSent([{ id, partsSent: 1 }])), false);
  await one(b.turns.complete([{ id, outcome: 'answered', session: addition() }]));
  await one(b.turns.drop([{ id, outcome: 'owner-changed', deletesSession: true }]));
  t.match(await next(a.store), { open: { id, parts: null, partsSent: 0, attempts: 1 }, waiting: [{ text: 'dua' }] });
  t.equal(a.turns.maySend(id), true);
  t.equal(b.turns.maySend(id), false);
});

t.test('an instance with a free slot owns the conversation of a message that it accepts', { skip }, async (t) => {
  const { a, b } = await openTwo(t);
  const accept = (store: Store, sender: ConversationKey, hasFreeSlot: boolean) =>
    one(store.inbox.accept([{ ...newMessage(a.message({ sender }), fingerprint()), hasFreeSlot }]));
  await accept(a.store, SENDER, true);
  await accept(a.store, OTHER, false);
  a.clock.at += MINUTE;
  t.match((await next(b)).waiting, [], 'it has one owner from the moment of its acceptance');
  t.match(await b.turns.claim?.(9), [{ sender: OTHER }], 'without a free slot, another instance takes it');
  await accept(a.store, OTHER, true);
  t.match((await next(a.store, OTHER)).waiting, [], 'and owns it also when the first one accepts the next message');
  t.equal((await next(b, OTHER)).waiting.length, 2);
});

t.test(
  'the end of a turn detects messages that other instances accepted, and frees a conversation without work',
  { skip },
  async (t) => {
    const { a, b } = await openTwo(t);
    const { id } = await a.begin('satu');
    const [accepted, hasMore] = await Promise.all([
      acceptAt(b, a, 'dua'),
      one(a.turns.complete([{ id, outcome: 'answered', session: null }])),
    ]);
    t.equal(accepted, 'accepted');
    const { waiting } = hasMore ? await next(a.store) : await next(b);
    t.same(
      waiting.map(({ text }) => text),
      ['dua'],
      'whichever came first',
    );
    const owner = hasMore ? a.store : b;
    const seqs = waiting.map(({ seq }) => seq);
    const second = await one(owner.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }]));
    t.equal(await one(owner.turns.complete([{ id: second?.id ?? '', outcome: 'answered', session: null }])), false);
    await acceptAt(a.store, a, 'tiga');
    t.match((await next(b)).waiting, [{ text: 'tiga' }], 'the next may belong to another');
  },
);

t.test(
  'due work without an owner is claimed once, after a moment for the instance that accepted it',
  { skip },
  async (t) => {
    const { a, b } = await openTwo(t);
    await a.accept(a.message(), fingerprint(), 10);
    await a.accept(a.message({ sender: OTHER }), fingerprint(), 10);
    t.same(await b.turns.claim?.(9), [], 'not yet');
    a.clock.at += 500;
    const claims = await Promise.all([b.turns.claim?.(1), a.turns.claim?.(1)]);
    t.same(
      claims.map((claimed) => claimed?.length),
      [1, 1],
      'at most as many as asked for',
    );
    t.same(new Set(claims.flat().map((claimed) => claimed?.sender)), new Set([SENDER, OTHER]));
    t.same(await b.turns.claim?.(9), []);
  },
);

t.test('an instance gets its work back when the response that it became the owner was lost', { skip }, async (t) => {
  const { a, b, sql } = await openTwo(t);
  await a.accept(a.message(), fingerprint(), 10);
  await sql('UPDATE conversations SET owner = (SELECT min(id) FROM instances)');
  a.clock.at += 5_000;
  t.same(await b.turns.claim?.(9), []);
  t.match(await a.turns.claim?.(9), [{ sender: SENDER }]);
  const seqs = (await next(a.store)).waiting.map(({ seq }) => seq);
  await one(a.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }]));
  t.same(await a.turns.claim?.(9), [], 'but not while it runs a turn of the conversation');
});

t.test('after a failure of the database, the other instances get the time to renew their leases', async (t) => {
  const statements: string[] = [];
  const query = async (text: string) => {
    statements.push(text);
    return true;
  };
  const lease = await registerInstance({ query } as unknown as Connection, 'x');
  const removals = () => statements.filter((text) => text.includes('remove_dead_instances')).length;
  await lease.removeOthers();
  t.equal(removals(), 1);
  await lease.renew(false);
  await lease.removeOthers();
  t.equal(removals(), 2);
  await lease.renew(true);
  await lease.removeOthers();
  t.equal(removals(), 2);
});

t.test('a lease expires by the monotonic clock or by the time of day, whichever is later', async (t) => {
  const [monotonic, wall] = [createManualClock(0), createManualClock()];
  const connection = { query: async () => true } as unknown as Connection;
  const lease = await registerInstance(connection, 'x', { monotonic: monotonic.now, wall: wall.now });
  t.equal(lease.isValid(), true);
  t.equal(lease.isRenewalDue(), false);
  wall.advance(6_000);
  t.equal(lease.isValid(), false, 'after a suspension in which the monotonic clock stopped');
  t.equal(lease.isRenewalDue(), true);
  await lease.renew(false);
  t.equal(lease.isValid(), true, 'the database is asked');
  wall.advance(-3_600_000);
  monotonic.advance(5_000);
  t.equal(lease.isValid(), true);
  monotonic.advance(1_000);
  t.equal(lease.isValid(), false, 'a clock that is set back extends nothing');
});

t.test(
  'the work of an instance that ends goes to the others, and a turn that it ran counts a crash',
  { skip },
  async (t) => {
    const { a, b } = await openTwo(t);
    const { id } = await a.begin('satu');
    await a.store.close();
    t.match(await b.turns.claim?.(9), [{ sender: SENDER, openAt: 0, crashes: 1 }]);
    t.match(await one(b.turns.resume([id])), { id, crashes: 1, attempts: 2 });
  },
);

t.test('an instance that was removed writes and sends no turn that it started before', { skip }, async (t) => {
  const { a, b, sql } = await openTwo(t);
  const { id } = await a.begin('satu');
  await sql("UPDATE instances SET alive_until = now() - interval '1 s' WHERE id = (SELECT min(id) FROM instances)");
  const removed = await runUntil(async () => (await b.turns.claim?.(9)) ?? []);
  t.match(removed, [{ sender: SENDER, crashes: 1 }], 'the others notice the end of its lease');
  t.match(await one(b.turns.resume([id])), { attempts: 2 });
  t.equal(await one(a.turns.saveReply([{ id, ...storedReply(a) }])), false);
  t.equal(await one(a.turns.recordPartSent([{ id, partsSent: 1 }])), false);
  await one(b.turns.release([{ id, elapsedMs: 0 }]));
  await b.close();
  await runUntil(async () => ((await next(a.store)).open ? [1] : []));
  t.equal(a.turns.maySend(id), false, 'also when it owns the conversation again, as a new instance');
  t.equal(
    await one(a.turns.saveReply([{ id, ...storedReply(a) }])),
    false,
    'because others may have continued the turn',
  );
  t.match(await one(a.turns.resume([id])), { attempts: 3 });
  t.equal(await one(a.turns.saveReply([{ id, ...storedReply(a) }])), true, 'until it starts the turn again');
  t.equal(a.turns.maySend(id), true);
});

t.test('a write of an earlier attempt that the database executes late is not stored', { skip }, async (t) => {
  const { a, sql } = await openTwo(t);
  const { id } = await a.begin('satu');
  await one(a.turns.resume([id]));
  const late = {
    op: 'save_reply',
    now: 0,
    turn: id,
    attempt: 1,
    userId: USER,
    parts: '["lama"]',
    replyAt: 0,
    entries: '[]',
  };
  const saveLate = (attempt: number) => {
    const items = JSON.stringify([{ ...late, attempt }]);
    return sql(`SELECT run(min(id), jsonb_set('${items}', '{0,run}', to_jsonb(min(id)))) FROM instances`);
  };
  await saveLate(1);
  t.match((await next(a.store)).open, { attempts: 2, parts: null });
  await saveLate(2);
  t.match((await next(a.store)).open, { parts: ['lama'] }, 'that of the running attempt is');
});

t.test('every instance is notified of a deleted sender within 5 s', { skip }, async (t) => {
  const { a, b } = await openTwo(t);
  const found = Promise.withResolvers<string>();
  const waiting = setInterval(() => undefined, 1_000);
  b.onForget(found.resolve);
  await a.begin('satu');
  const startedAt = performance.now();
  await a.store.forget(senderOf(SENDER));
  t.equal(await found.promise, SENDER);
  t.ok(performance.now() - startedAt < 5_000);
  clearInterval(waiting);
});

t.test('an instance whose clock is behind respects the keys of the others', { skip }, async (t) => {
  const { a, b } = await openTwo(t, 1_000);
  t.equal(await a.store.sentAlerts.reserve('device-disconnected'), true);
  t.equal(await b.sentAlerts.reserve('device-disconnected'), false, 'one instance sends an alert');
  t.equal(await one(a.store.inbox.refuse([refusal(a)])), 'queued');
  const repeated = refusal(a, { fingerprint: fingerprint(), at: a.clock.at - 1_000 });
  t.equal(await one(b.inbox.refuse([repeated])), 'suppressed', 'one notice within its interval');
  a.clock.at -= 10 * MINUTE;
  t.equal(await a.store.sentAlerts.reserve('device-disconnected'), true, 'a clock that was set back blocks nothing');
});

t.test('two instances migrate one schema, and a later version is refused', { skip }, async (t) => {
  const open = onPostgres(t, url);
  const options = { place: `migration ${process.pid}`, now: Date.now, monotonicNow: () => performance.now() };
  const stores = await Promise.all([open(options), open(options), open(options)]);
  await Promise.all(stores.map((store) => store.close()));
  const [row] = await runSql(
    url,
    "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test_%' ORDER BY oid DESC LIMIT 1",
  );
  await t.test('a schema of version 1 gets the files of replies and the pauses', async (t) => {
    await runSql(
      url,
      `DROP TABLE ${row?.nspname}.reply_files; DROP FUNCTION ${row?.nspname}.load_file;
      DROP TABLE ${row?.nspname}.pauses;
      CREATE FUNCTION ${row?.nspname}.overview(of_sender text) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
      UPDATE ${row?.nspname}.maintenance SET value = 1 WHERE name = 'version'`,
    );
    const store = await open(options);
    t.teardown(() => store.close());
    t.equal(await one(store.turns.loadFile([{ id: 'unknown', part: 0 }])), null);
    t.match(await store.conversations.of(SENDER, { limit: 0, activeSince: 0 }), { pausedUntil: null });
  });
  await t.test('a function with other parameters replaces the former one', async (t) => {
    await runSql(
      url,
      `CREATE FUNCTION ${row?.nspname}.overview(of_sender text, at bigint) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
      DROP FUNCTION ${row?.nspname}.prune_conversations(bigint);
      CREATE FUNCTION ${row?.nspname}.prune_conversations(most bigint) RETURNS void LANGUAGE sql AS '';
      CREATE FUNCTION ${row?.nspname}.settle(of_sender text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      UPDATE ${row?.nspname}.maintenance SET value = 5 WHERE name = 'version'`,
    );
    await (await open(options)).close();
    const overviews = await runSql(
      url,
      `SELECT pronargs FROM pg_proc WHERE proname = 'overview' AND pronamespace = '${row?.nspname}'::regnamespace`,
    );
    t.same(overviews, [{ pronargs: 3 }]);
    const former = await runSql(
      url,
      `SELECT proname FROM pg_proc WHERE pronamespace = '${row?.nspname}'::regnamespace
        AND (proname = 'settle' OR 'most' = ANY (proargnames))`,
    );
    t.same(former, []);
  });
  await runSql(url, `UPDATE ${row?.nspname}.maintenance SET value = 99 WHERE name = 'version'`);
  await t.rejects(open(options), /DATABASE_URL tidak dapat dipakai: .*versi layanan yang lebih baru/);
});

/** Repeats a call until it returns an item: the instances look after their leases twice a second. */
async function runUntil<T>(call: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await call();
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

t.test(
  'a pause takes effect on every instance immediately, and any instance continues at its end',
  { skip },
  async (t) => {
    const { a, b } = await openTwo(t);
    const { turns, pauses } = b;
    const seqs = (await a.acceptTexts('satu')).map(({ seq }) => seq);
    t.match(await next(a.store), { waiting: [{ text: 'satu' }] }, 'the first instance owns it');
    const endsAt = a.clock.at + MINUTE;
    await pauses.start({ sender: SENDER, seq: b.inbox.nextSequence(), endsAt });
    t.equal(await one(a.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }])), null);
    await acceptAt(b, a, 'dua');
    t.match(
      await next(b),
      { waiting: [{ text: 'satu' }, { text: 'dua' }], pause: { endsAt } },
      'each sees what is held',
    );
    t.match(await next(a.store), { waiting: [{ text: 'satu' }, { text: 'dua' }], pause: { endsAt } });
    a.clock.at += MINUTE - 1;
    t.same([await turns.claim?.(9), await a.turns.claim?.(9)], [[], []], 'it is not due');
    a.clock.at += 501;
    t.match(await turns.claim?.(9), [{ sender: SENDER }], 'the one that owned it before may have died');
    t.match(await next(a.store), { waiting: [] });
    t.match(await next(b), { waiting: [{ text: 'satu' }, { text: 'dua' }] });
  },
);

t.test('the instance that resumes a conversation continues it', { skip }, async (t) => {
  const { a, b } = await openTwo(t);
  const { id } = await a.begin('satu');
  await b.pauses.start({ sender: SENDER, seq: b.inbox.nextSequence(), endsAt: a.clock.at + MINUTE });
  await acceptAt(b, a, 'dua');
  t.equal(
    await one(a.turns.saveReply([{ id, ...storedReply(a) }])),
    true,
    'the running turn is completed by its owner',
  );
  t.equal(await one(a.turns.complete([{ id, outcome: 'answered', session: null }])), true);
  t.match(await next(a.store), { open: null, waiting: [{ text: 'dua' }] });
  await b.pauses.end({ sender: SENDER, unansweredThrough: 0 });
  t.match(await next(b), { waiting: [{ text: 'dua' }] });
  t.match(await next(a.store), { waiting: [] }, 'it belongs to the other now');
});
