import type { Test } from 'tap';
import { createSessionService } from '../../../src/session/session.ts';
import type { SessionEntry, SessionNotes } from '../../../src/types.ts';
import { entry, IDLE_MS, type Open, OTHER, openShop, SENDER, type Shop, USER } from './samples.ts';

/** The session service over this store; it reads the clock of the shop. */
function sessionService(shop: Shop, maxEntries = 20) {
  const now = () => shop.clock.at + shop.clock.aheadMs;
  return createSessionService({ sessions: shop.store.sessions, maxEntries, idleMs: IDLE_MS, now });
}

interface Addition {
  append?: SessionEntry[];
  notes?: SessionNotes | null;
  userId?: string;
  maxEntries?: number;
}

/** Completes a turn of one message that adds to the session. */
async function end(shop: Shop, { append = [entry('halo')], notes = null, userId = USER, maxEntries = 20 }: Addition) {
  const { id } = await shop.begin('halo');
  const session = sessionService(shop, maxEntries).appending({ userId, entries: append, notes });
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
    await end(shop, { append: entries, notes });
    await shop.reopen();
    const session = { sender: SENDER, userId: USER, entries, notes, updatedAt: shop.clock.at };
    t.same(await shop.store.sessions.get(SENDER), session);
    t.equal(await shop.store.sessions.get(OTHER), null);
  });

  await t.test('a session grows at its end and keeps the newest entries', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, { append: [entry('1'), entry('2'), entry('3')], maxEntries: 4 });
    await end(shop, { append: [entry('4'), entry('5'), entry('6')], maxEntries: 4 });
    t.same(await said(shop), ['3', '4', '5', '6']);
    await sessionService(shop, 4).append(SENDER, [entry('7')]);
    t.same(await said(shop), ['4', '5', '6', '7']);
  });

  await t.test('notes are kept until others replace them', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, { notes: { source: 'a' } });
    await end(shop, { notes: null });
    t.same((await shop.store.sessions.get(SENDER))?.notes, { source: 'a' });
    await end(shop, { notes: { list: 'b' } });
    t.same((await shop.store.sessions.get(SENDER))?.notes, { list: 'b' });
  });

  await t.test('a session from before the clock was set back is over, and stays so', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, { append: [entry('lama')] });
    shop.clock.aheadMs = -2 * IDLE_MS;
    t.equal(await sessionService(shop).countActive(), 0);
    t.same(
      await shop.store.conversations.active({ limit: 9, cursor: 0, activeSince: sessionService(shop).activeSince() }),
      [],
    );
    t.equal(await sessionService(shop).append(SENDER, [entry('pesan manual')]), false);
    await end(shop, { append: [entry('baru')] });
    t.same(await said(shop), ['baru']);
    shop.clock.aheadMs = -4 * IDLE_MS;
    await shop.store.prune(IDLE_MS);
    shop.clock.aheadMs = 0;
    t.equal(await said(shop), null, 'also when the clock has caught up');
  });

  await t.test('an expired session is replaced by a new one', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, { append: [entry('lama')], notes: { source: 'lama' } });
    shop.clock.at += IDLE_MS;
    await end(shop, { append: [entry('masih')] });
    t.same(await said(shop), ['lama', 'masih'], 'not yet too long');
    shop.clock.at += IDLE_MS + 1;
    await end(shop, { append: [entry('baru')] });
    t.same(await said(shop), ['baru']);
    t.same((await shop.store.sessions.get(SENDER))?.notes, {});
  });

  await t.test("another user's session is replaced, never added to", async (t) => {
    const shop = await openShop(t, open);
    await end(shop, { append: [entry('rahasia A')], notes: { source: 'A' } });
    await end(shop, { append: [entry('milik B')], userId: 'user-b' });
    t.match(await shop.store.sessions.get(SENDER), { userId: 'user-b', notes: {} });
    t.same(await said(shop), ['milik B']);
  });

  await t.test('a manual send is added to a session that lives, and to no other', async (t) => {
    const shop = await openShop(t, open);
    const { sessions } = shop.store;
    t.equal(await sessionService(shop).append(SENDER, [entry('halo', 'assistant')]), false, 'there is none');
    t.equal(await sessions.get(SENDER), null);
    await end(shop, { notes: { source: 'a' } });
    shop.clock.at += IDLE_MS;
    t.equal(await sessionService(shop).append(SENDER, [entry('dari petugas', 'assistant')]), true);
    t.match(await sessions.get(SENDER), { userId: USER, notes: { source: 'a' }, updatedAt: shop.clock.at });
    t.same(await said(shop), ['halo', 'dari petugas']);
    shop.clock.at += IDLE_MS + 1;
    t.equal(await sessionService(shop).append(SENDER, [entry('terlambat', 'assistant')]), false, 'it was idle');
    t.same(await said(shop), ['halo', 'dari petugas']);
  });

  await t.test('what is said at once is all kept', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, {});
    const contents = Array.from({ length: 10 }, (_, index) => String(index));
    await Promise.all(contents.map((content) => sessionService(shop).append(SENDER, [entry(content)])));
    t.same(await said(shop), ['halo', ...contents]);
  });

  await t.test('a forgotten session is gone, and no other', async (t) => {
    const shop = await openShop(t, open);
    await end(shop, {});
    await shop.store.sessions.forget(OTHER);
    t.ok(await shop.store.sessions.get(SENDER));
    await shop.store.sessions.forget(SENDER);
    await shop.reopen();
    t.equal(await shop.store.sessions.get(SENDER), null);
  });

  await t.test('sessions are active while they are not idle', async (t) => {
    const shop = await openShop(t, open);
    t.equal(await sessionService(shop).countActive(), 0);
    await end(shop, {});
    shop.clock.at += IDLE_MS;
    t.equal(await sessionService(shop).countActive(), 1);
    shop.clock.at += 1;
    t.equal(await sessionService(shop).countActive(), 0);
  });
}
