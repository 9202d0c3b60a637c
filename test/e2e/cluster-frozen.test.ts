import t from 'tap';
import { one } from '../../src/store/types.ts';
import { LINKED } from '../support/fake-upstreams.ts';
import { findMessageIds } from '../support/message-ids.ts';
import { NO_POSTGRES } from '../support/store-contract/shared.ts';
import { FIRST, holdFirst, SECOND, startCluster } from './cluster-fixture.ts';

const skip = NO_POSTGRES;

t.test('an instance that was frozen sends and stores nothing of what another took over', { skip }, async (t) => {
  const cluster = await startCluster(t);
  const hold = holdFirst(cluster);
  const [a, b] = [await cluster.start(), await cluster.start()];
  t.equal(await cluster.deliver(a, FIRST, LINKED), 200);
  await hold.asked;
  process.kill(a.running.pid, 'SIGSTOP');
  hold.release();
  await cluster.untilSent(LINKED, 1);
  const before = await cluster.store(({ sessions }) => one(sessions.get([LINKED])));
  process.kill(a.running.pid, 'SIGCONT');
  t.equal(await cluster.deliver(a, SECOND, LINKED), 200, 'it works again');
  await cluster.untilSent(LINKED, 2);
  for (const { running } of [a, b]) t.equal((await running.stop('SIGTERM')).code, 0);
  t.same(cluster.sent(LINKED).flatMap(findMessageIds), [FIRST, SECOND].flatMap(findMessageIds));
  await cluster.store(async ({ inbox, sessions }) => {
    t.match(await inbox.status(), { pending: 0, deadLetters: 0 });
    const entries = (await one(sessions.get([LINKED])))?.entries ?? [];
    t.same(entries.slice(0, 2), before?.entries, 'the session of the first answer is unchanged');
    t.equal(entries.length, 4);
  });
});

t.test('after the database ended all connections, messages are accepted and answered again', { skip }, async (t) => {
  const cluster = await startCluster(t);
  const a = await cluster.start();
  t.equal(await cluster.deliver(a, FIRST, LINKED), 200);
  await cluster.untilSent(LINKED, 1);
  await cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sapa-whatsapp'");
  const startedAt = performance.now();
  t.equal(await cluster.deliver(a, SECOND, LINKED), 200);
  t.ok(performance.now() - startedAt < 5_000);
  await cluster.untilSent(LINKED, 2);
  t.equal((await a.running.stop('SIGTERM')).code, 0);
});
