import t, { type Test } from 'tap';
import { senderOf } from '../../src/conversation-key.ts';
import { startListener } from '../../src/store/postgres/listener.ts';
import { LINKED, OTHER_LINKED, startFakeUpstreams, UNLINKED } from '../support/fake-upstreams.ts';
import { startFileServer } from '../support/file-server.ts';
import { post } from '../support/http.ts';
import { ADMIN_KEY, type Service, startService } from '../support/service.ts';
import { databaseUrl, NO_POSTGRES, runSql } from '../support/store-contract/shared.ts';
import { waitUntil } from '../support/wait.ts';

// What several instances share, called over HTTP: two services on one PostgreSQL.

const skip = NO_POSTGRES;
const url = skip ? '' : await databaseUrl(t);
const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
let schemas = 0;

async function startTwo(t: Test, given: Record<string, unknown> = {}) {
  schemas += 1;
  const schema = `test_shared_${process.pid}_${schemas}`;
  if (process.env.TEST_DATABASE_URL) t.teardown(() => runSql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`));
  const upstreams = await startFakeUpstreams(t);
  const settings = { DATABASE_URL: url, DATABASE_SCHEMA: schema, ...given };
  const [a, b] = [await startService(t, upstreams, settings), await startService(t, upstreams, settings)];
  const call = (service: Service, message: string, sender = LINKED) =>
    service.call(upstreams.fonnte.buildPayload({ sender, message }));
  const sentTo = (sender: string) => upstreams.fonnte.sent.filter(({ target }) => target === sender);
  const settle = async () => {
    await a.idle();
    await b.idle();
  };
  return { a, b, upstreams, schema, call, sentTo, settle };
}

t.test('the limit of a sender, and notices, apply to all instances together', { skip }, async (t) => {
  const { a, b, call, sentTo, settle } = await startTwo(t, { RATE_LIMIT_PER_MINUTE: 2 });
  t.equal((await call(a, 'satu')).status, 200);
  t.equal((await call(b, 'dua')).status, 200);
  for (const service of [a, b]) t.match(await call(service, 'tiga'), { status: 429, body: { code: 'RATE_LIMITED' } });
  for (const service of [a, b, a]) t.equal((await call(service, 'halo', UNLINKED)).status, 403);
  await settle();
  await waitUntil('the notice is sent', () => sentTo(UNLINKED).length > 0);
  await settle();
  t.equal(sentTo(UNLINKED).length, 1, 'one notice in six hours');
});

t.test('a message that FONNTE repeats to another instance is a duplicate', { skip }, async (t) => {
  const { a, b, upstreams } = await startTwo(t);
  const payload = upstreams.fonnte.buildPayload({ sender: LINKED, message: 'halo' });
  t.match(await a.call(payload), { status: 200, body: { status: 'accepted' } });
  t.match(await b.call(payload), { status: 200, body: { status: 'duplicate' } });
});

t.test('the token budget of a user applies to all instances together', { skip }, async (t) => {
  const { a, b, upstreams, call, sentTo, settle } = await startTwo(t, { DAILY_TOKENS_PER_USER: 1_000 });
  upstreams.gemini.scriptResponses(() => ({ text: 'Baik.', usage: { totalTokenCount: 1_000 } }));
  t.equal((await call(a, 'ceritakan sesuatu')).status, 200);
  await waitUntil('the first answer is sent', () => sentTo(LINKED).length === 1);
  await settle();
  t.equal((await call(b, 'ceritakan yang lain')).status, 200);
  await waitUntil('the notice is sent', () => sentTo(LINKED).length === 2);
  await settle();
  t.equal(upstreams.gemini.requests.filter(({ method }) => method === 'POST').length, 1, 'the other asks no model');
});

t.test('a manual send with one Idempotency-Key is sent once', { skip }, async (t) => {
  const { a, b, sentTo } = await startTwo(t);
  const headers = { ...ADMIN, 'idempotency-key': 'kunci-uji-1' };
  for (const service of [a, b]) {
    const body = { target: OTHER_LINKED, message: 'Pengumuman' };
    t.match(await post(`${service.url}/api/whatsapp/send`, body, headers), { status: 200 });
  }
  t.equal(sentTo(OTHER_LINKED).length, 1);
});

t.test('a deleted number leaves the caches of the other instances within 5 s', { skip }, async (t) => {
  for (const DATABASE_LISTEN_URL of ['', url]) {
    const { a, b, upstreams, call, sentTo, settle } = await startTwo(t, { DATABASE_LISTEN_URL });
    const lookups = () => upstreams.supabase.requests.filter(({ path }) => path.endsWith('/users')).length;
    t.equal((await call(b, 'halo')).status, 200);
    await waitUntil('the answer is sent', () => sentTo(LINKED).length === 1);
    await settle();
    const forgotten = Promise.withResolvers<string>();
    b.app.store.onForget(forgotten.resolve);
    const deletedAt = performance.now();
    const deletion = await fetch(`${a.url}/api/conversations/${LINKED}`, { method: 'DELETE', headers: ADMIN });
    t.equal(deletion.status, 204);
    t.equal(await forgotten.promise, LINKED);
    t.ok(performance.now() - deletedAt < 5_000, `${Math.round(performance.now() - deletedAt)} ms`);
    const before = lookups();
    t.equal((await call(b, 'halo lagi')).status, 200);
    t.equal(lookups(), before + 1, 'it is looked up again');
    await settle();
  }
});

t.test('instances that listen are notified of deletions, also after their connection was lost', { skip }, async (t) => {
  const { a, schema } = await startTwo(t);
  let notified = Promise.withResolvers<void>();
  const channel = `${schema}.forgotten`;
  const listener = await startListener({ url, channel, onNotify: () => notified.resolve() });
  t.teardown(() => listener.close());
  await a.app.store.forget(senderOf(LINKED));
  await notified.promise;
  const listening = `pg_stat_activity WHERE query = 'LISTEN "${channel}"'`;
  await runSql(url, `SELECT pg_terminate_backend(pid) FROM ${listening}`);
  await waitUntil('it listens again', async () => {
    listener.ensureConnected();
    return (await runSql(url, `SELECT 1 FROM ${listening}`)).length > 0;
  });
  notified = Promise.withResolvers<void>();
  await a.app.store.forget(senderOf(LINKED));
  await notified.promise;
  await t.rejects(
    startService(t, await startFakeUpstreams(t), {
      DATABASE_URL: url,
      DATABASE_SCHEMA: schema,
      DATABASE_LISTEN_URL: 'postgresql://peran@127.0.0.1:9/postgres',
    }),
    /DATABASE_LISTEN_URL tidak dapat dipakai: /,
  );
});

t.test('an alert is sent by one instance, and its end as well', { skip }, async (t) => {
  const alerts: unknown[] = [];
  const operator = await startFileServer(t);
  const ALERT_WEBHOOK_URL = operator.serve('alerts', (request, response) => {
    request.setEncoding('utf8').once('data', (text: string) => alerts.push(JSON.parse(text)));
    request.once('end', () => response.end());
  });
  const { a, b } = await startTwo(t, { ALERT_WEBHOOK_URL });
  const deviceIs = (status: 'disconnect' | 'connect') => {
    for (const { events } of [a, b]) events.emit({ type: 'device.checked', status, quota: null, daysLeft: null });
    return Promise.all([a.app.alerts.check(), b.app.alerts.check()]);
  };
  await deviceIs('disconnect');
  const states = () => (alerts as { detail: { state: string } }[]).map(({ detail }) => detail.state);
  t.same(states(), ['firing']);
  await deviceIs('connect');
  await deviceIs('connect');
  t.same(states(), ['firing', 'resolved']);
});

t.test('the limit of failed authentications applies to each instance', { skip }, async (t) => {
  const { a, b, upstreams } = await startTwo(t);
  const forged = () => upstreams.fonnte.buildPayload({ sender: LINKED, message: 'palsu' });
  const statuses = async (service: Service, count: number) => {
    const responses = Array.from({ length: count }, () => service.call(forged(), { secret: 'bukan-rahasia' }));
    return new Set((await Promise.all(responses)).map(({ status }) => status));
  };
  t.same(await statuses(a, 21), new Set([401, 429]));
  t.same(await statuses(b, 20), new Set([401]));
});
