import type { Test } from 'tap';
import { one } from '../../../src/store/types.ts';
import {
  addition,
  deadTurn,
  entry,
  MINUTE,
  nextOf,
  type Open,
  openStoreFixture,
  SECOND,
  SENDER,
  type StoreFixture,
  storedReply,
  USER,
} from './samples.ts';

const REFUSED = { upstream: 'fonnte', reason: 'target invalid' };
const UNANSWERED = { upstream: 'gemini', reason: '503 model overloaded' };

async function deadLetters(fixture: StoreFixture) {
  return fixture.deadLetters.list({ limit: 50, cursor: 0 });
}

/** Dead letters and their replay. */
export async function deadLetterContract(t: Test, open: Open): Promise<void> {
  await t.test('a failed turn becomes a dead letter with all information for operators', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const createdAt = fixture.clock.at;
    const { id } = await fixture.begin('satu', 'dua');
    await one(
      fixture.turns.complete([{ id: (await fixture.begin('lain')).id, outcome: 'answered', session: addition() }]),
    );
    const session = await one(fixture.store.sessions.get([SENDER]));
    fixture.clock.at += MINUTE;
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, UNANSWERED) }]));
    await fixture.reopen();
    t.same(await deadLetters(fixture), [
      {
        id,
        sender: SENDER,
        reason: UNANSWERED.reason,
        upstream: 'gemini',
        attempts: 1,
        messages: ['satu', 'dua'],
        hasReply: false,
        createdAt,
        diedAt: fixture.clock.at,
        history: [{ ...UNANSWERED, at: fixture.clock.at }],
      },
    ]);
    t.same(
      await fixture.inbox.status(),
      { pending: 0, oldestAt: null, deadLetters: 1, pausedConversations: 0 },
      'it blocks no other turn',
    );
    t.equal((await nextOf(fixture)).open, null);
    t.equal(await one(fixture.turns.resume([id])), null);
    t.same(await one(fixture.store.sessions.get([SENDER])), session, 'the session is as it was');
  });

  await t.test('moving a turn to the dead letters twice, or after its end, has no effect', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, REFUSED) }]));
    fixture.clock.at += MINUTE;
    const before = await deadLetters(fixture);
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, UNANSWERED) }]));
    t.same(await deadLetters(fixture), before);
    const done = await fixture.begin('dua');
    await one(fixture.turns.complete([{ id: done.id, outcome: 'answered', session: null }]));
    await one(fixture.turns.moveToDeadLetters([{ id: done.id, ...deadTurn(fixture, UNANSWERED) }]));
    t.equal((await deadLetters(fixture)).length, 1);
    t.equal((await fixture.inbox.status()).pending, 0);
  });

  await t.test('a replayed turn sends the remaining parts of its stored reply', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const reply = storedReply(fixture, { parts: ['a', 'b', 'c'] });
    await one(fixture.turns.saveReply([{ id, ...reply }]));
    await one(fixture.turns.recordPartSent([{ id, partsSent: 1 }]));
    const retry = { retryAt: fixture.clock.at + 1, elapsedMs: 9_000, sendFailures: 7, failingSince: 5, history: [] };
    await one(fixture.turns.scheduleRetry([{ id, ...retry }]));
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, REFUSED) }]));
    t.match(await deadLetters(fixture), [{ id, hasReply: true, reason: REFUSED.reason }]);
    await fixture.reopen();
    t.same(await fixture.deadLetters.replay(id), { sender: SENDER });
    t.same(await deadLetters(fixture), []);
    await fixture.reopen();
    const { parts, entries, notes } = reply;
    const again = { parts, entries, notes, partsSent: 1, replyAt: reply.at, userId: USER, attempts: 1, elapsedMs: 0 };
    const turn = (await nextOf(fixture)).open;
    t.match(turn, { ...again, id, retryAt: null, sendFailures: 0, failingSince: null, apologyFor: null });
    t.match(turn?.history, [REFUSED], 'with its history');
    t.same(
      turn?.messages.map(({ text }) => text),
      ['satu'],
    );
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, REFUSED) }]));
    t.match(await deadLetters(fixture), [{ hasReply: true }], 'and keeps it when it fails again');
  });

  await t.test('an apology is not a stored reply: a replay asks the model again', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const apology = storedReply(fixture, {
      parts: ['Maaf, terjadi gangguan.'],
      entries: [],
      notes: null,
      apologyFor: UNANSWERED,
    });
    await one(fixture.turns.saveReply([{ id, ...apology }]));
    await fixture.reopen();
    t.same((await nextOf(fixture)).open?.apologyFor, UNANSWERED, 'once sent, the turn is dead');
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, UNANSWERED), keepsReply: false }]));
    t.match(await deadLetters(fixture), [{ id, hasReply: false, upstream: 'gemini', reason: UNANSWERED.reason }]);
    await fixture.deadLetters.replay(id);
    const turn = await one(fixture.turns.resume([id]));
    t.match(turn, {
      parts: null,
      partsSent: 0,
      replyAt: null,
      entries: [],
      notes: null,
      apologyFor: null,
      attempts: 2,
    });
    await one(fixture.turns.saveReply([{ id, ...storedReply(fixture) }]));
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: addition({ append: [entry('satu')] }) }]));
    t.same(await fixture.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0, pausedConversations: 0 });
  });

  await t.test('a replay makes its messages pending again', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu', 'dua');
    await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, UNANSWERED) }]));
    await fixture.acceptTexts('tiga');
    t.equal((await fixture.inbox.status()).pending, 1);
    const [first, second] = await Promise.all([fixture.deadLetters.replay(id), fixture.deadLetters.replay(id)]);
    t.same([first, second], [{ sender: SENDER }, 'running']);
    t.equal((await fixture.inbox.status()).pending, 3);
    t.equal((await nextOf(fixture)).open?.id, id, 'it comes before what waits');
    await fixture.reopen();
    t.equal((await fixture.inbox.status()).pending, 3);
    await one(fixture.turns.resume([id]));
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
    t.equal((await fixture.inbox.status()).pending, 1);
    t.equal(await fixture.deadLetters.replay(id), 'unknown', 'what is answered is not asked again');
    t.equal(await fixture.deadLetters.replay('unknown'), 'unknown');
  });

  await t.test('a replay waits for the running turn', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const dead = await fixture.begin('satu');
    await one(fixture.turns.moveToDeadLetters([{ id: dead.id, ...deadTurn(fixture, UNANSWERED) }]));
    const running = await fixture.begin('dua');
    await fixture.deadLetters.replay(dead.id);
    await one(fixture.turns.complete([{ id: running.id, outcome: 'answered', session: null }]));
    t.equal((await nextOf(fixture)).open?.id, dead.id);
  });

  await t.test('a discarded dead letter is deleted, and only dead letters can be discarded', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const dead = await fixture.begin('satu');
    await one(fixture.turns.moveToDeadLetters([{ id: dead.id, ...deadTurn(fixture, UNANSWERED) }]));
    const open_ = await fixture.begin('dua');
    t.equal(await fixture.deadLetters.discard(open_.id), false);
    t.equal(await fixture.deadLetters.discard('unknown'), false);
    t.equal(await fixture.deadLetters.discard(dead.id), true);
    t.equal(await fixture.deadLetters.discard(dead.id), false);
    await fixture.reopen();
    t.same(await deadLetters(fixture), []);
    t.equal(await fixture.deadLetters.replay(dead.id), 'unknown');
    t.same(await fixture.inbox.status(), {
      pending: 1,
      oldestAt: fixture.clock.at,
      deadLetters: 0,
      pausedConversations: 0,
    });
  });

  await t.test('dead letters are listed newest first, page by page', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const ids: string[] = [];
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      const { id } = await fixture.begin(text);
      await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, UNANSWERED) }]));
      fixture.clock.at += SECOND;
      ids.unshift(id);
    }
    const pages = [0, 2, 4, 6].map((cursor) => fixture.deadLetters.list({ limit: 2, cursor }));
    const listed = (await Promise.all(pages)).map((page) => page.map(({ id }) => id));
    t.same(listed, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4), []]);
  });
}
