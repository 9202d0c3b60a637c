import t from 'tap';
import { one } from '../../src/store/types.ts';
import { LINKED, OTHER_LINKED, userNumber } from '../support/fake-upstreams.ts';
import { findMessageIds } from '../support/message-ids.ts';
import { NO_POSTGRES } from '../support/store-contract/shared.ts';
import { holdAnswers, startCluster, text } from './cluster-fixture.ts';

const [KILLED, FROZEN] = [userNumber(0), userNumber(1)];

// Three real processes on one database, and the faults one after the other: a process takes seconds to start, and a lease to end.
t.test('several instances on one PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const cluster = await startCluster(t);
  const [a, b, c] = await Promise.all([cluster.start(), cluster.start(), cluster.start()]);
  const answered = (sender: typeof LINKED) => cluster.sent(sender).flatMap(findMessageIds);
  const idsOf = (...numbers: number[]) => numbers.map(text).flatMap(findMessageIds);
  const entriesOf = (sender: typeof LINKED) =>
    cluster.store(async ({ sessions }) => (await one(sessions.get([sender])))?.entries ?? []);

  await t.test('a message that another accepts waits for the running turn, and is answered by its owner', async (t) => {
    const hold = holdAnswers(cluster, text(1));
    t.equal(await cluster.deliver(a, text(1), LINKED), 200);
    await hold.asked;
    t.equal(await cluster.deliver(b, text(2), LINKED), 200);
    t.equal(await cluster.deliver(b, text(3), OTHER_LINKED), 200);
    await cluster.untilSent(OTHER_LINKED, 1);
    t.same(cluster.sent(LINKED), [], 'the other instance does not answer out of turn');
    hold.release();
    await cluster.untilSent(LINKED, 2);
    t.same(answered(LINKED), idsOf(1, 2), 'in order');
    t.equal(a.events.filter((event) => event === 'turn.started').length, 2);
    t.equal(b.events.filter((event) => event === 'turn.started').length, 1);
    t.equal((await entriesOf(LINKED)).length, 4);
  });

  await t.test('the turns of a killed and of a frozen instance are continued by another', async (t) => {
    const hold = holdAnswers(cluster, text(5), text(7));
    t.equal(await cluster.deliver(a, text(5), KILLED), 200);
    t.equal(await cluster.deliver(c, text(7), FROZEN), 200);
    await hold.asked;
    t.equal(await cluster.deliver(b, text(6), KILLED), 200);
    const brokenAt = performance.now();
    await a.running.stop('SIGKILL');
    process.kill(c.running.pid, 'SIGSTOP');
    hold.release();
    await Promise.all([cluster.untilSent(KILLED, 2), cluster.untilSent(FROZEN, 1)]);
    t.ok(performance.now() - brokenAt < 20_000, 'after the end of the leases');
    t.same(answered(KILLED), idsOf(5, 6), 'in order');
  });

  await t.test('the frozen instance sends and stores nothing of what another took over', async (t) => {
    const before = await entriesOf(FROZEN);
    process.kill(c.running.pid, 'SIGCONT');
    t.equal(await cluster.deliver(c, text(9), FROZEN), 200, 'it works again');
    await cluster.untilSent(FROZEN, 2);
    t.same(answered(FROZEN), idsOf(7, 9));
    const after = await entriesOf(FROZEN);
    t.same(after.slice(0, 2), before, 'the session of the first answer is unchanged');
    t.equal(after.length, 4);
  });

  await t.test('after the database ended all connections, messages are accepted and answered again', async (t) => {
    await cluster.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sapa-whatsapp'",
    );
    const endedAt = performance.now();
    t.equal(await cluster.deliver(b, text(10), OTHER_LINKED), 200);
    t.ok(performance.now() - endedAt < 5_000);
    await cluster.untilSent(OTHER_LINKED, 2);
  });

  const exits = await Promise.all([b, c].map(({ running }) => running.stop('SIGTERM')));
  t.match(exits, [{ code: 0 }, { code: 0 }]);
  t.same(answered(FROZEN), idsOf(7, 9), 'until the end');
  await cluster.store(async ({ inbox }) => t.match(await inbox.status(), { pending: 0, deadLetters: 0 }));
});
