import { setImmediate as nextTick } from 'node:timers/promises';
import pg from 'pg';
import t, { type Test } from 'tap';
import type { ConversationKey } from '../../../../src/conversation-key.ts';
import { createEvents, type EventRecord } from '../../../../src/events.ts';
import { classifyDatabaseError } from '../../../../src/store/postgres/errors.ts';
import { one } from '../../../../src/store/types.ts';
import { keyOf } from '../../../support/conversation.ts';
import { LINKED, startFakeUpstreams } from '../../../support/fake-upstreams.ts';
import { get } from '../../../support/http.ts';
import { startService } from '../../../support/service.ts';
import { databaseUrl, NO_POSTGRES, openPostgresStore, runSql } from '../../../support/store-contract/shared.ts';
import { startTcpProxy } from '../../../support/tcp-proxy.ts';
import { waitUntil } from '../../../support/wait.ts';

const skip = NO_POSTGRES;
const url = skip ? '' : await databaseUrl(t);
const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

/** A URL of the same database through a proxy. */
async function viaProxy(t: Test) {
  const { hostname, port, searchParams } = new URL(url);
  const socket = searchParams.get('host');
  const proxy = await startTcpProxy(socket ? `${socket}/.s.PGSQL.5432` : Number(port || 5432));
  t.teardown(() => proxy.close());
  const through = new URL(url);
  if (!socket && hostname !== '127.0.0.1') throw new Error('TEST_DATABASE_URL must name 127.0.0.1 or a socket');
  through.searchParams.delete('host');
  through.host = `127.0.0.1:${proxy.port}`;
  return { proxy, url: through.href };
}

t.test(
  'while the database does not respond, the webhook and the health check say so within 2 s',
  { skip },
  async (t) => {
    const { proxy, url: through } = await viaProxy(t);
    const upstreams = await startFakeUpstreams(t);
    const schema = `test_faults_${process.pid}`;
    t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`));
    const service = await startService(t, upstreams, { DATABASE_URL: through, DATABASE_SCHEMA: schema });
    const payload = (message: string) => upstreams.fonnte.buildPayload({ sender: LINKED, message });
    const [first, second] = [payload('halo'), payload('terima kasih')];
    t.equal((await service.call(first)).status, 200);
    await service.idle();
    proxy.stallAfter(0);
    proxy.stallOpenConnections();
    const stalledAt = performance.now();
    t.match(await service.call(second), { status: 503, body: { code: 'INBOX_UNAVAILABLE' } });
    t.ok(performance.now() - stalledAt < 2_000, `${Math.round(performance.now() - stalledAt)} ms`);
    const next = performance.now();
    t.match(await service.call(second), { status: 503 });
    t.ok(performance.now() - next < 1_000, 'and at once while it is known');
    t.match(await get(`${service.url}/api/health`), {
      status: 503,
      body: { status: 'unavailable', checks: { store: 'failed' } },
    });
    proxy.resume();
    const resumedAt = performance.now();
    await waitUntil('the store recovers', async () => (await service.call(second)).status === 200);
    t.ok(performance.now() - resumedAt < 5_000, `${Math.round(performance.now() - resumedAt)} ms`);
    await service.idle();
    t.equal(upstreams.fonnte.sent.filter(({ target }) => target === LINKED).length, 2, 'each message is answered once');
  },
);

t.test(
  'a slow database is not an unavailable one: a message is accepted within 2 s, or refused and then a duplicate',
  { skip },
  async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const schema = `test_slow_${process.pid}`;
    t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`));
    const service = await startService(t, upstreams, { DATABASE_URL: url, DATABASE_SCHEMA: schema });
    const payload = (message: string) => upstreams.fonnte.buildPayload({ sender: LINKED, message });
    const delayFingerprints = (seconds: number) =>
      runSql(
        url,
        `CREATE OR REPLACE FUNCTION ${schema}.fingerprint_is_stored(item jsonb, at bigint) RETURNS boolean
         LANGUAGE plpgsql AS $$ BEGIN
           PERFORM pg_sleep(${seconds});
           RETURN EXISTS (SELECT 1 FROM expiring_keys WHERE key >= item->>'firstKey' AND key <= item->>'lastKey');
         END $$`,
      );
    await delayFingerprints(1);
    const first = payload('halo');
    const startedAt = performance.now();
    t.match(await service.call(first), { status: 503, body: { code: 'INBOX_UNAVAILABLE' } }, 'two slow statements');
    t.ok(performance.now() - startedAt < 2_000, `${Math.round(performance.now() - startedAt)} ms`);
    await service.waitForEvent('message.accepted');
    t.match(await service.call(payload('terima kasih')), { status: 200 }, 'one slow statement');
    await delayFingerprints(0);
    t.match(await service.call(first), { status: 200, body: { status: 'duplicate' } }, 'it was stored after the 503');
    await service.idle();
    t.match(await service.app.store.inbox.status(), { pending: 0, deadLetters: 0 });
    t.same(
      service.occurrences.filter(({ type }) => type === 'store.failed'),
      [],
    );
  },
);

t.test('a pause of the event loop is not a slow database', { skip }, async (t) => {
  const schema = `test_pause_${process.pid}`;
  t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`));
  const store = await openPostgresStore(url, schema);
  t.teardown(() => store.close());
  const found = one(store.inbox.hasFingerprint([{ key: 'x' }]));
  await nextTick();
  await nextTick();
  // All timers are due when the event loop continues.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_700);
  t.equal(await found, false);
  t.equal(store.status(), 'ok');
});

t.test('errors of the database', { skip }, async (t) => {
  const schema = `test_errors_${process.pid}`;
  t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`));
  const events = createEvents();
  const seen: EventRecord[] = [];
  events.on((event) => seen.push(event));
  const store = await openPostgresStore(url, schema, { events });
  t.teardown(() => store.close());
  /** Makes an operation fail with this SQLSTATE as often as given. */
  const failWith = async (sqlState: string, times: number) =>
    runSql(
      url,
      `DROP SEQUENCE IF EXISTS ${schema}.calls; CREATE SEQUENCE ${schema}.calls;
       CREATE OR REPLACE FUNCTION ${schema}.count_sessions(me bigint, item jsonb, at bigint) RETURNS bigint
       LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('calls') <= ${times} THEN RAISE EXCEPTION 'test' USING ERRCODE = '${sqlState}'; END IF;
         RETURN 7;
       END $$`,
    );
  const call = () => store.sessions.countUsedSince(0);

  await t.test('a deadlock or serialization failure is repeated', async (t) => {
    for (const sqlState of ['40P01', '40001']) {
      await failWith(sqlState, 3);
      t.equal(await call(), 7, sqlState);
    }
    t.same(seen, []);
  });

  await t.test('a full disk makes the store unavailable until a write succeeds', async (t) => {
    await failWith('53100', 1);
    await t.rejects(call(), UNAVAILABLE);
    t.equal(store.status(), 'full');
    await t.rejects(one(store.inbox.hasFingerprint([{ key: 'x' }])), UNAVAILABLE);
    await waitUntil('the store recovers', () => store.status() === 'ok');
    t.match(seen, [{ type: 'store.failed', code: 'full' }, { type: 'store.recovered' }]);
    t.equal(await call(), 7);
  });

  await t.test('a locked conversation does not fail the messages of others', async (t) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    t.teardown(() => client.end());
    const accept = (sender: ConversationKey) => {
      const seq = store.inbox.nextSequence();
      const message = { seq, sender, device: '1', inboxid: seq, text: 'halo', attachment: null, userId: null };
      return one(
        store.inbox.accept([
          {
            message: { ...message, receivedAt: Date.now() },
            fingerprint: { key: `x${seq}`, ttlMs: 60_000 },
            perSender: { max: 9, withinMs: 60_000 },
            maxPending: 9,
          },
        ]),
      );
    };
    t.equal(await accept(keyOf('1')), 'accepted');
    await client.query(`BEGIN; SELECT 1 FROM ${schema}.conversations WHERE sender = '1' FOR UPDATE`);
    const results = await Promise.allSettled([accept(keyOf('1')), accept(keyOf('2'))]);
    t.match(results, [{ status: 'rejected', reason: UNAVAILABLE }, { value: 'accepted' }]);
    t.equal(store.status(), 'ok');
  });

  await t.test('an error of a statement fails this operation only', async (t) => {
    await failWith('22012', 2);
    const others = [
      one(store.inbox.hasFingerprint([{ key: 'x' }])),
      one(store.inbox.countAccepted([{ sender: keyOf('9'), since: 0 }])),
    ];
    await t.rejects(call(), { code: '22012' });
    t.same(await Promise.all(others), [false, 0]);
    t.equal(store.status(), 'ok');
  });
});

t.test('an operating-system error is classified as a connection failure, not as a statement error', async (t) => {
  for (const code of ['EPIPE', 'ECONNRESET'])
    t.equal(classifyDatabaseError(Object.assign(new Error(), { code })), 'failed');
});

t.test("a database that can't be used is named in a sentence", { skip }, async (t) => {
  await t.rejects(
    openPostgresStore('postgresql://peran@127.0.0.1:9/postgres', 'test_x'),
    /DATABASE_URL tidak dapat dipakai: /,
  );
});
