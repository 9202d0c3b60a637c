import type { Test } from 'tap';
import { createSessionService } from '../../../src/session/session.ts';
import { one } from '../../../src/store/types.ts';
import type { SessionEntry, SessionNotes } from '../../../src/types.ts';
import { entry, IDLE_MS, type Open, OTHER, openStoreFixture, SENDER, type StoreFixture, USER } from './samples.ts';

/** The session service over this store; it reads the clock of the fixture. */
function sessionService(fixture: StoreFixture, maxEntries = 20) {
  const now = () => fixture.clock.at + fixture.clock.aheadMs;
  return createSessionService({ sessions: fixture.store.sessions, maxEntries, idleMs: IDLE_MS, now });
}

interface Addition {
  append?: SessionEntry[];
  notes?: SessionNotes | null;
  userId?: string;
  maxEntries?: number;
}

/** Completes a turn of one message that adds to the session. */
async function end(
  fixture: StoreFixture,
  { append = [entry('halo')], notes = null, userId = USER, maxEntries = 20 }: Addition,
) {
  const { id } = await fixture.begin('halo');
  const session = sessionService(fixture, maxEntries).buildUpdate({ userId, entries: append, notes });
  await one(fixture.turns.complete([{ id, outcome: 'answered', session }]));
}

async function said(fixture: StoreFixture) {
  return (await one(fixture.store.sessions.get([SENDER])))?.entries.map(({ content }) => content) ?? null;
}

/** The sessions of conversations. */
export async function sessionContract(t: Test, open: Open): Promise<void> {
  await t.test('a session is stored unchanged, also after a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    t.equal(await one(fixture.store.sessions.get([SENDER])), null);
    const entries = [entry('halo 🙂', 'user', 1), entry('Halo, Budi.', 'assistant', 2)];
    const notes = { source: 'SP2D 23 November', list: ['a', { b: 1 }] };
    await end(fixture, { append: entries, notes });
    await fixture.reopen();
    const session = { sender: SENDER, userId: USER, entries, notes, updatedAt: fixture.clock.at };
    t.same(await one(fixture.store.sessions.get([SENDER])), session);
    t.equal(await one(fixture.store.sessions.get([OTHER])), null);
  });

  await t.test('new entries are appended to a session, and the oldest are removed', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, { append: [entry('1'), entry('2'), entry('3')], maxEntries: 4 });
    await end(fixture, { append: [entry('4'), entry('5'), entry('6')], maxEntries: 4 });
    t.same(await said(fixture), ['3', '4', '5', '6']);
    await sessionService(fixture, 4).append(SENDER, [entry('7')]);
    t.same(await said(fixture), ['4', '5', '6', '7']);
  });

  await t.test('notes are stored until other notes replace them', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, { notes: { source: 'a' } });
    await end(fixture, { notes: null });
    t.same((await one(fixture.store.sessions.get([SENDER])))?.notes, { source: 'a' });
    await end(fixture, { notes: { list: 'b' } });
    t.same((await one(fixture.store.sessions.get([SENDER])))?.notes, { list: 'b' });
  });

  await t.test('a session from before the clock was set back is expired and remains expired', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, { append: [entry('lama')] });
    fixture.clock.aheadMs = -2 * IDLE_MS;
    t.equal(await sessionService(fixture).countActive(), 0);
    t.same(
      await fixture.store.conversations.active({
        limit: 9,
        cursor: 0,
        activeSince: sessionService(fixture).activeSince(),
      }),
      [],
    );
    t.equal(await sessionService(fixture).append(SENDER, [entry('pesan manual')]), false);
    await end(fixture, { append: [entry('baru')] });
    t.same(await said(fixture), ['baru']);
    fixture.clock.aheadMs = -4 * IDLE_MS;
    await fixture.store.prune();
    fixture.clock.aheadMs = 0;
    t.equal(await said(fixture), null, 'also when the clock has caught up');
  });

  await t.test('an expired session is replaced by a new one', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, { append: [entry('lama')], notes: { source: 'lama' } });
    fixture.clock.at += IDLE_MS;
    await end(fixture, { append: [entry('masih')] });
    t.same(await said(fixture), ['lama', 'masih'], 'not yet too long');
    fixture.clock.at += IDLE_MS + 1;
    await end(fixture, { append: [entry('baru')] });
    t.same(await said(fixture), ['baru']);
    t.same((await one(fixture.store.sessions.get([SENDER])))?.notes, {});
  });

  await t.test("another user's session is replaced, never added to", async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, { append: [entry('rahasia A')], notes: { source: 'A' } });
    await end(fixture, { append: [entry('milik B')], userId: 'user-b' });
    t.match(await one(fixture.store.sessions.get([SENDER])), { userId: 'user-b', notes: {} });
    t.same(await said(fixture), ['milik B']);
  });

  await t.test('a manual send is added only to an active session', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { sessions } = fixture.store;
    t.equal(await sessionService(fixture).append(SENDER, [entry('halo', 'assistant')]), false, 'no active session');
    t.equal(await one(sessions.get([SENDER])), null);
    await end(fixture, { notes: { source: 'a' } });
    fixture.clock.at += IDLE_MS;
    t.equal(await sessionService(fixture).append(SENDER, [entry('dari petugas', 'assistant')]), true);
    t.match(await one(sessions.get([SENDER])), { userId: USER, notes: { source: 'a' }, updatedAt: fixture.clock.at });
    t.same(await said(fixture), ['halo', 'dari petugas']);
    fixture.clock.at += IDLE_MS + 1;
    t.equal(await sessionService(fixture).append(SENDER, [entry('terlambat', 'assistant')]), false, 'it was idle');
    t.same(await said(fixture), ['halo', 'dari petugas']);
  });

  await t.test('concurrent entries are all stored', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, {});
    const contents = Array.from({ length: 10 }, (_, index) => String(index));
    await Promise.all(contents.map((content) => sessionService(fixture).append(SENDER, [entry(content)])));
    t.same(await said(fixture), ['halo', ...contents]);
  });

  await t.test('deleting a session deletes no other session', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await end(fixture, {});
    await one(fixture.store.sessions.delete([OTHER]));
    t.ok(await one(fixture.store.sessions.get([SENDER])));
    await one(fixture.store.sessions.delete([SENDER]));
    await fixture.reopen();
    t.equal(await one(fixture.store.sessions.get([SENDER])), null);
  });

  await t.test('a session is active until it is idle', async (t) => {
    const fixture = await openStoreFixture(t, open);
    t.equal(await sessionService(fixture).countActive(), 0);
    await end(fixture, {});
    fixture.clock.at += IDLE_MS;
    t.equal(await sessionService(fixture).countActive(), 1);
    fixture.clock.at += 1;
    t.equal(await sessionService(fixture).countActive(), 0);
  });
}
