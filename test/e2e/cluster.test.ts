import t from 'tap';
import { one } from '../../src/store/types.ts';
import { LINKED, OTHER_LINKED } from '../support/fake-upstreams.ts';
import { findMessageIds } from '../support/message-ids.ts';
import { NO_POSTGRES } from '../support/store-contract/shared.ts';
import { FIRST, holdFirst, SECOND, startCluster, text } from './cluster-fixture.ts';

const skip = NO_POSTGRES;

t.test(
  'a message that another instance accepts waits for the running turn, and is answered by its owner',
  { skip },
  async (t) => {
    const cluster = await startCluster(t);
    const hold = holdFirst(cluster);
    const [a, b] = [await cluster.start(), await cluster.start()];
    t.equal(await cluster.deliver(a, FIRST, LINKED), 200);
    await hold.asked;
    t.equal(await cluster.deliver(b, SECOND, LINKED), 200);
    t.equal(await cluster.deliver(b, text(3), OTHER_LINKED), 200);
    await cluster.untilSent(OTHER_LINKED, 1);
    t.same(cluster.sent(LINKED), [], 'the other instance does not answer out of turn');
    hold.release();
    await cluster.untilSent(LINKED, 2);
    t.same(cluster.sent(LINKED).flatMap(findMessageIds), [FIRST, SECOND].flatMap(findMessageIds), 'in order');
    t.equal(a.events.filter((event) => event === 'turn.started').length, 2);
    t.equal(b.events.filter((event) => event === 'turn.started').length, 1);
    for (const { running } of [a, b]) t.equal((await running.stop('SIGTERM')).code, 0);
    await cluster.store(async ({ inbox, sessions }) => {
      t.match(await inbox.status(), { pending: 0, deadLetters: 0 });
      t.equal((await one(sessions.get([LINKED])))?.entries.length, 4);
    });
  },
);

t.test('the turns of a killed instance are continued by another', { skip }, async (t) => {
  const cluster = await startCluster(t);
  const hold = holdFirst(cluster);
  const [a, b] = [await cluster.start(), await cluster.start()];
  t.equal(await cluster.deliver(a, FIRST, LINKED), 200);
  await hold.asked;
  t.equal(await cluster.deliver(b, SECOND, LINKED), 200);
  const killedAt = performance.now();
  await a.running.stop('SIGKILL');
  await cluster.untilSent(LINKED, 2);
  t.ok(performance.now() - killedAt < 20_000, 'after the end of its lease');
  t.same(cluster.sent(LINKED).flatMap(findMessageIds), [FIRST, SECOND].flatMap(findMessageIds), 'in order');
  t.equal((await b.running.stop('SIGTERM')).code, 0);
  await cluster.store(async ({ inbox }) => t.match(await inbox.status(), { pending: 0, deadLetters: 0 }));
});
