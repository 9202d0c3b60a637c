import type { Test } from 'tap';
import { one } from '../../../src/store/types.ts';
import { keyOf } from '../conversation.ts';
import {
  addition,
  deadTurn,
  entry,
  fingerprint,
  HOUR,
  IDLE_MS,
  MINUTE,
  type Open,
  OTHER,
  openStoreFixture,
  PER_MINUTE,
  refusal,
  SECOND,
  SENDER,
  type StoreFixture,
} from './samples.ts';

/** @returns a page of the conversations whose session was used within IDLE_MS */
const pageOf = (fixture: StoreFixture, over = {}) => ({
  limit: 50,
  cursor: 0,
  activeSince: fixture.clock.at - IDLE_MS,
  ...over,
});

/** The overview of conversations for operators. */
export async function conversationContract(t: Test, open: Open): Promise<void> {
  await t.test('a conversation is shown with its session, pending messages and last turns', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const begin = fixture.clock.at;
    const answered = await fixture.begin('satu', 'dua');
    fixture.clock.at += SECOND;
    const session = addition({ append: [entry('satu'), entry('Sisa Rp1.', 'assistant')] });
    await one(fixture.turns.complete([{ id: answered.id, outcome: 'answered', session }]));
    fixture.clock.at += SECOND;
    await one(fixture.inbox.refuse([refusal(fixture, { code: 'RATE_LIMITED', notice: null })]));
    fixture.clock.at += SECOND;
    const dead = await fixture.begin('tiga');
    fixture.clock.at += SECOND;
    await one(
      fixture.turns.moveToDeadLetters([{ id: dead.id, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]),
    );
    fixture.clock.at += SECOND;
    await fixture.acceptTexts('empat');
    await fixture.reopen();
    const shown = await fixture.store.conversations.of(SENDER, { limit: 20, activeSince: 0 });
    const overview = {
      conversation: SENDER,
      lastMessageAt: begin + 5 * SECOND,
      sessionEntries: 2,
      pending: 1,
      pausedUntil: null,
    };
    t.match(shown, overview);
    t.same(shown.recent, [
      { at: begin + 5 * SECOND, outcome: 'accepted' },
      { at: begin + 4 * SECOND, outcome: 'dead-lettered' },
      { at: begin + 3 * SECOND, outcome: 'accepted' },
      { at: begin + 2 * SECOND, outcome: 'RATE_LIMITED' },
      { at: begin + SECOND, outcome: 'answered' },
      { at: begin, outcome: 'accepted' },
      { at: begin, outcome: 'accepted' },
    ]);
    t.same(
      (await fixture.store.conversations.of(SENDER, { limit: 2, activeSince: 0 })).recent,
      shown.recent.slice(0, 2),
      'as many as asked for',
    );
    t.same(await fixture.store.conversations.active(pageOf(fixture)), [overview]);
  });

  await t.test('the last twenty refusals of a sender are stored for a day', async (t) => {
    const fixture = await openStoreFixture(t, open);
    for (let index = 0; index < 25; index += 1) {
      fixture.clock.at += SECOND;
      await one(
        fixture.inbox.refuse([refusal(fixture, { code: index === 24 ? 'RATE_LIMITED' : 'NOT_LINKED', notice: null })]),
      );
    }
    const refused = async () =>
      (await fixture.store.conversations.of(SENDER, { limit: 50, activeSince: 0 })).recent.map(
        ({ outcome }) => outcome,
      );
    t.equal((await refused()).length, 20);
    t.equal((await refused())[0], 'RATE_LIMITED');
    fixture.clock.at += 24 * HOUR;
    await fixture.store.prune();
    t.same(await refused(), ['RATE_LIMITED'], 'a day old, and no older');
    fixture.clock.at += 1;
    await fixture.store.prune();
    t.same(await refused(), []);
  });

  await t.test('an unknown number has an empty conversation', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await fixture.acceptTexts('lain');
    const shown = await fixture.store.conversations.of(OTHER, { limit: 20, activeSince: 0 });
    t.same(shown, {
      conversation: OTHER,
      lastMessageAt: null,
      sessionEntries: 0,
      pending: 0,
      pausedUntil: null,
      recent: [],
    });
  });

  await t.test('active conversations are listed, the latest first, page by page', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const waiting = keyOf('6281200000003');
    await fixture.accept(fixture.message({ sender: waiting }), fingerprint(), PER_MINUTE);
    fixture.clock.at += 2 * IDLE_MS;
    const idle = keyOf('6281200000004');
    for (const sender of [idle, OTHER, SENDER]) {
      const message = fixture.message({ sender });
      await fixture.accept(message, fingerprint(), PER_MINUTE);
      const turn = await one(fixture.turns.start([{ sender, userId: 'u', kind: 'answer', seqs: [message.seq] }]));
      await one(fixture.turns.complete([{ id: turn?.id ?? '', outcome: 'answered', session: addition() }]));
      fixture.clock.at += MINUTE;
    }
    fixture.clock.at += IDLE_MS - 2 * MINUTE;
    const phones = async (cursor: number, limit: number) =>
      (await fixture.store.conversations.active(pageOf(fixture, { cursor, limit }))).map(
        ({ conversation }) => conversation,
      );
    t.same(await phones(0, 50), [SENDER, OTHER, waiting], 'with a session in use or something pending');
    t.same(await phones(0, 2), [SENDER, OTHER]);
    t.same(await phones(2, 2), [waiting]);
  });

  await t.test('the entries of an expired session are not counted', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await one(
      fixture.turns.complete([{ id: (await fixture.begin('halo')).id, outcome: 'answered', session: addition() }]),
    );
    await fixture.acceptTexts('menunggu');
    const counted = async () => {
      const { activeSince } = pageOf(fixture);
      const shown = await fixture.store.conversations.of(SENDER, { limit: 0, activeSince });
      const listed = await fixture.store.conversations.active(pageOf(fixture));
      return [shown, ...listed].map(({ sessionEntries }) => sessionEntries);
    };
    fixture.clock.at += IDLE_MS;
    t.same(await counted(), [1, 1]);
    fixture.clock.at += 1;
    t.same(await counted(), [0, 0], 'idle for too long');
    fixture.clock.at -= 1;
    fixture.clock.aheadMs = -2 * IDLE_MS;
    t.same(await counted(), [0, 0], 'dated ahead: the clock was set back');
  });
}
