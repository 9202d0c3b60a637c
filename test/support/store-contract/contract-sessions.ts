import type { Test } from 'tap';
import type { SessionChange } from '../../../src/store/types.ts';
import { addition, entry, IDLE_MS, type Open, OTHER, openShop, SENDER, type Shop, USER } from './samples.ts';

const LIMITS = { keep: 20, idleMs: IDLE_MS };

/** Ends a turn of one message with this change of the session. */
async function end(shop: Shop, session: SessionChange) {
  const { id } = await shop.begin('halo');
  await shop.inbox.completeTurn(id, { outcome: 'answered', session });
}

async function said(shop: Shop) {
  return (await shop.store.sessions.get(SENDER))?.entries.map(({ content }) => content) ?? null;
}

/** The recent history of a conversation. */
export async function sessionContract(t: Test, open: Open): Promise<void> {
  await t.test('a session is there as it was left, also after a restart', async (t) => {
    const shop = await openShop(t, open);
    t.equal(await shop.store.sessions.get(SENDER), null);
    const entries = [entry('halo 🙂', 'user', 1), entry('Halo, Budi.', 'assistant', 2)];
    const notes = { source: 'SP2D 23 November', list: ['a', { b: 1 }] };
    await end(shop, addition({ append: entries, notes }));
    await shop.reopen();
    const session = { sender: SENDER, userId: USER, entries, notes, updatedAt: shop.clock.at };
    t.same(await shop.store.sessions.get(SENDER), session);
    t.equal(await shop.store.sessions.get(OTHER), null);
  });

  await t.test('a session grows at its end and keeps the newest entries', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition({ append: [entry('1'), entry('2'), entry('3')], keep: 4 }));
    await end(shop, addition({ append: [entry('4'), entry('5'), entry('6')], keep: 4 }));
    t.same(await said(shop), ['3', '4', '5', '6']);
    await shop.store.sessions.append(SENDER, [entry('7')], { ...LIMITS, keep: 4 });
    t.same(await said(shop), ['4', '5', '6', '7']);
  });

  await t.test('notes are kept until others replace them', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition({ notes: { source: 'a' } }));
    await end(shop, addition({ notes: null }));
    t.same((await shop.store.sessions.get(SENDER))?.notes, { source: 'a' });
    await end(shop, addition({ notes: { list: 'b' } }));
    t.same((await shop.store.sessions.get(SENDER))?.notes, { list: 'b' });
  });

  await t.test('a session from before the clock was set back is over, and stays so', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition({ append: [entry('lama')] }));
    shop.clock.aheadMs = -2 * IDLE_MS;
    t.equal(await shop.store.sessions.active(IDLE_MS), 0);
    t.same(await shop.store.conversations.active({ limit: 9, cursor: 0, idleMs: IDLE_MS }), []);
    t.equal(await shop.store.sessions.append(SENDER, [entry('pesan manual')], LIMITS), false);
    await end(shop, addition({ append: [entry('baru')] }));
    t.same(await said(shop), ['baru']);
    shop.clock.aheadMs = -4 * IDLE_MS;
    await shop.store.prune(IDLE_MS);
    shop.clock.aheadMs = 0;
    t.equal(await said(shop), null, 'also when the clock has caught up');
  });

  await t.test('a session that was idle too long is begun anew', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition({ append: [entry('lama')], notes: { source: 'lama' } }));
    shop.clock.at += IDLE_MS;
    await end(shop, addition({ append: [entry('masih')] }));
    t.same(await said(shop), ['lama', 'masih'], 'not yet too long');
    shop.clock.at += IDLE_MS + 1;
    await end(shop, addition({ append: [entry('baru')] }));
    t.same(await said(shop), ['baru']);
    t.same((await shop.store.sessions.get(SENDER))?.notes, {});
  });

  await t.test("another user's session is replaced, never added to", async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition({ append: [entry('rahasia A')], notes: { source: 'A' } }));
    await end(shop, addition({ append: [entry('milik B')], userId: 'user-b' }));
    t.match(await shop.store.sessions.get(SENDER), { userId: 'user-b', notes: {} });
    t.same(await said(shop), ['milik B']);
  });

  await t.test('a manual send is added to a session that lives, and to no other', async (t) => {
    const shop = await openShop(t, open);
    const { sessions } = shop.store;
    t.equal(await sessions.append(SENDER, [entry('halo', 'assistant')], LIMITS), false, 'there is none');
    t.equal(await sessions.get(SENDER), null);
    await end(shop, addition({ notes: { source: 'a' } }));
    shop.clock.at += IDLE_MS;
    t.equal(await sessions.append(SENDER, [entry('dari petugas', 'assistant')], LIMITS), true);
    t.match(await sessions.get(SENDER), { userId: USER, notes: { source: 'a' }, updatedAt: shop.clock.at });
    t.same(await said(shop), ['halo', 'dari petugas']);
    shop.clock.at += IDLE_MS + 1;
    t.equal(await sessions.append(SENDER, [entry('terlambat', 'assistant')], LIMITS), false, 'it was idle');
    t.same(await said(shop), ['halo', 'dari petugas']);
  });

  await t.test('what is said at once is all kept', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition());
    const contents = Array.from({ length: 10 }, (_, index) => String(index));
    const { sessions } = shop.store;
    await Promise.all(contents.map((content) => sessions.append(SENDER, [entry(content)], LIMITS)));
    t.same(await said(shop), ['halo', ...contents]);
  });

  await t.test('a forgotten session is gone, and no other', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, addition());
    await shop.store.sessions.forget(OTHER);
    t.ok(await shop.store.sessions.get(SENDER));
    await shop.store.sessions.forget(SENDER);
    await shop.reopen();
    t.equal(await shop.store.sessions.get(SENDER), null);
  });

  await t.test('sessions are active while they are not idle', async (t) => {
    const shop = await openShop(t, open);
    t.equal(await shop.store.sessions.active(IDLE_MS), 0);
    await end(shop, addition());
    shop.clock.at += IDLE_MS;
    t.equal(await shop.store.sessions.active(IDLE_MS), 1);
    shop.clock.at += 1;
    t.equal(await shop.store.sessions.active(IDLE_MS), 0);
  });
}
