import type { Test } from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { MAX_PAUSE_MS, one } from '../../../src/store/types.ts';
import { keyOf } from '../conversation.ts';
import {
  addition,
  DAY,
  deadTurn,
  MINUTE,
  nextOf,
  notice,
  type Open,
  openStoreFixture,
  refusal,
  SECOND,
  SENDER,
  type StoreFixture,
  storedReply,
  USER,
  waitingTexts,
} from './samples.ts';

/** Pauses the conversation for some minutes. @returns the pause */
async function pause(fixture: StoreFixture, minutes = 30) {
  const started = { seq: fixture.inbox.nextSequence(), endsAt: fixture.clock.at + minutes * MINUTE };
  await fixture.store.pauses.start({ sender: SENDER, ...started });
  return started;
}

const heldTexts = async (fixture: StoreFixture, limit = 50) =>
  (await fixture.store.pauses.held({ sender: SENDER, limit })).map(({ text }) => text);

const startTurn = (fixture: StoreFixture, seqs: number[]) =>
  one(fixture.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }]));

/** Pauses of conversations. */
export async function pauseContract(t: Test, open: Open): Promise<void> {
  await t.test('a pause holds what waits until it ends, also after a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const [before] = await fixture.acceptTexts('sebelum');
    const started = await pause(fixture);
    const [held] = await fixture.acceptTexts('selama');
    await fixture.reopen();
    t.match(await nextOf(fixture), { waiting: [{ text: 'sebelum' }, { text: 'selama' }], pause: started });
    t.same(await heldTexts(fixture), ['selama'], 'only what was received while paused');
    const seqs = [before?.seq ?? 0, held?.seq ?? 0];
    t.equal(await startTurn(fixture, seqs), null, 'no turn starts');
    t.match(await fixture.store.conversations.of(SENDER, { limit: 0, activeSince: 0 }), {
      pending: 2,
      pausedUntil: started.endsAt,
    });
    fixture.clock.at = started.endsAt;
    t.same(await heldTexts(fixture), []);
    t.match(await fixture.store.conversations.of(SENDER, { limit: 0, activeSince: 0 }), { pausedUntil: null });
    t.match(await startTurn(fixture, seqs), { messages: [{ text: 'sebelum' }, { text: 'selama' }] });
  });

  await t.test('a later pause moves the end; one after the end begins again', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const first = await pause(fixture);
    await fixture.acceptTexts('satu');
    fixture.clock.at += MINUTE;
    const second = await pause(fixture, 5);
    t.match((await nextOf(fixture)).pause, { seq: first.seq, endsAt: second.endsAt });
    t.same(await heldTexts(fixture), ['satu']);
    fixture.clock.at = second.endsAt;
    const third = await pause(fixture);
    t.match((await nextOf(fixture)).pause, third);
    t.same(await heldTexts(fixture), [], 'it was received before this pause');
    await fixture.acceptTexts('dua', 'tiga', 'empat');
    t.same(await heldTexts(fixture, 2), ['tiga', 'empat'], 'the newest');
  });

  await t.test('a resume without answers completes the held messages up to the given sequence', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { pauses } = fixture.store;
    const [before] = await fixture.acceptTexts('sebelum');
    await pauses.end({ sender: SENDER, unansweredThrough: before?.seq ?? 0 });
    t.same(await waitingTexts(fixture), ['sebelum'], 'nothing without a pause');
    await pause(fixture);
    const [, second] = await fixture.acceptTexts('satu', 'dua', 'tiga');
    fixture.clock.at += SECOND;
    await pauses.end({ sender: SENDER, unansweredThrough: second?.seq ?? 0 });
    t.same(await waitingTexts(fixture), ['sebelum', 'tiga']);
    t.match(await fixture.store.conversations.of(SENDER, { limit: 1, activeSince: 0 }), {
      pending: 2,
      pausedUntil: null,
      recent: [{ at: fixture.clock.at, outcome: 'paused' }],
    });
    t.match((await nextOf(fixture)).pause, { endsAt: fixture.clock.at }, 'the end of the pause is known');
    fixture.clock.at += DAY + 2 * SECOND;
    await fixture.store.prune();
    t.equal((await nextOf(fixture)).pause, null, 'for a day');
    t.same(await waitingTexts(fixture), ['sebelum', 'tiga']);
    t.match(await fixture.store.conversations.of(SENDER, { limit: 9, activeSince: 0 }), {
      recent: [{ outcome: 'accepted' }, { outcome: 'accepted' }],
    });
  });

  await t.test('a resume with answers leaves all held messages pending', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await pause(fixture);
    await fixture.acceptTexts('satu');
    await fixture.store.pauses.end({ sender: SENDER, unansweredThrough: 0 });
    t.same(await waitingTexts(fixture), ['satu']);
  });

  await t.test('a running turn is completed; an interrupted one continues only with a stored reply', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { turns } = fixture;
    const turn = await fixture.begin('satu');
    const { seq } = await pause(fixture);
    const [next] = await fixture.acceptTexts('dua');
    t.match(await one(turns.loadOpen([{ id: turn.id, limit: 9 }])), { pausedSeq: seq, waiting: [{ seq: next?.seq }] });
    await one(turns.release([turn]));
    t.equal(await one(turns.resume([turn.id])), null, 'without a reply');
    await fixture.store.pauses.end({ sender: SENDER, unansweredThrough: 0 });
    t.match(await one(turns.loadOpen([{ id: turn.id, limit: 9 }])), { pausedSeq: null });
    t.ok(await one(turns.resume([turn.id])));
    await pause(fixture);
    t.ok(await one(turns.saveReply([{ id: turn.id, ...storedReply(fixture) }])), 'a running turn stores its reply');
    await one(turns.release([turn]));
    t.match(await nextOf(fixture), { open: { id: turn.id } });
    t.ok(await one(turns.resume([turn.id])));
    t.equal(await one(turns.complete([{ id: turn.id, outcome: 'answered', session: addition() }])), true);
  });

  await t.test('no notice is queued while paused', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await pause(fixture);
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'suppressed');
    t.equal((await nextOf(fixture)).open, null);
    await fixture.store.pauses.end({ sender: SENDER, unansweredThrough: 0 });
    t.equal(await one(fixture.inbox.refuse([refusal(fixture, { notice: notice() })])), 'queued', 'nor counted');
  });

  await t.test('the age of held messages counts from the end of the pause', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const at = fixture.clock.at;
    const { endsAt } = await pause(fixture);
    await fixture.acceptTexts('satu');
    t.match(await fixture.inbox.status(), { pending: 1, oldestAt: null, pausedConversations: 1 });
    fixture.clock.at = endsAt + SECOND;
    t.match(await fixture.inbox.status(), { pending: 1, oldestAt: endsAt, pausedConversations: 0 });
    const other = fixture.message({ sender: keyOf('6281200000003'), receivedAt: at });
    await fixture.accept(other, refusal(fixture).fingerprint ?? { key: 'x', ttlMs: 1 }, 99);
    t.match(await fixture.inbox.status(), { oldestAt: at });
  });

  await t.test('a paused conversation is listed without a session, and a deletion ends the pause', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { endsAt } = await pause(fixture);
    const page = { limit: 9, cursor: 0, activeSince: fixture.clock.at };
    t.match(await fixture.store.conversations.active(page), [
      { conversation: SENDER, lastMessageAt: null, pausedUntil: endsAt },
    ]);
    await fixture.store.forget(senderOf(SENDER));
    t.same(await fixture.store.conversations.active(page), []);
    t.match(await fixture.inbox.status(), { pausedConversations: 0 });
  });

  await t.test('a pause dated further ahead than possible is deleted', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await fixture.store.pauses.start({
      sender: SENDER,
      seq: fixture.inbox.nextSequence(),
      endsAt: fixture.clock.at + MAX_PAUSE_MS + 2 * DAY,
    });
    const turn = await fixture.store.prune();
    t.equal(turn, 1);
    t.match(await fixture.inbox.status(), { pausedConversations: 0 });
  });

  await t.test('a replayed dead letter without a reply is held', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const turn = await fixture.begin('satu');
    const dead = { ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }), keepsReply: false };
    await one(fixture.turns.moveToDeadLetters([{ id: turn.id, ...dead }]));
    await pause(fixture);
    t.match(await fixture.deadLetters.replay(turn.id), { sender: SENDER });
    t.equal(await one(fixture.turns.resume([turn.id])), null);
  });
}
