import type { Test } from 'tap';
import {
  addition,
  entry,
  MINUTE,
  nextOf,
  type Open,
  openShop,
  SECOND,
  SENDER,
  type Shop,
  storedReply,
  USER,
} from './samples.ts';

const REFUSED = { upstream: 'fonnte', reason: 'target invalid' };
const UNANSWERED = { upstream: 'gemini', reason: '503 model overloaded' };

async function deadLetters(shop: Shop) {
  return shop.inbox.deadLetters({ limit: 50, cursor: 0 });
}

/** Turns that are given up on, and their return. */
export async function deadLetterContract(t: Test, open: Open): Promise<void> {
  await t.test('a turn that is given up on becomes a dead letter, with all an operator needs', async (t) => {
    const shop = await openShop(t, open);
    const createdAt = shop.clock.at;
    const { id } = await shop.begin('satu', 'dua');
    await shop.inbox.completeTurn((await shop.begin('lain')).id, { outcome: 'answered', session: addition() });
    const session = await shop.store.sessions.get(SENDER);
    shop.clock.at += MINUTE;
    await shop.inbox.moveToDeadLetters(id, UNANSWERED);
    await shop.reopen();
    t.same(await deadLetters(shop), [
      {
        id,
        sender: SENDER,
        reason: UNANSWERED.reason,
        upstream: 'gemini',
        attempts: 1,
        messages: ['satu', 'dua'],
        hasReply: false,
        createdAt,
        diedAt: shop.clock.at,
        history: [{ ...UNANSWERED, at: shop.clock.at }],
      },
    ]);
    t.same(await shop.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 1 }, 'it blocks nobody');
    t.equal((await nextOf(shop)).open, null);
    t.equal(await shop.inbox.resumeTurn(id), null);
    t.same(await shop.store.sessions.get(SENDER), session, 'the session is as it was');
  });

  await t.test('dying twice, or after the end, changes nothing', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.inbox.moveToDeadLetters(id, REFUSED);
    shop.clock.at += MINUTE;
    const before = await deadLetters(shop);
    await shop.inbox.moveToDeadLetters(id, UNANSWERED);
    t.same(await deadLetters(shop), before);
    const done = await shop.begin('dua');
    await shop.inbox.completeTurn(done.id, { outcome: 'answered', session: null });
    await shop.inbox.moveToDeadLetters(done.id, UNANSWERED);
    t.equal((await deadLetters(shop)).length, 1);
    t.equal((await shop.inbox.status()).pending, 0);
  });

  await t.test('a replayed turn sends its stored reply, from where sending stopped', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    const reply = storedReply(shop, { parts: ['a', 'b', 'c'] });
    await shop.inbox.saveReply(id, USER, reply);
    await shop.inbox.recordPartSent(id, 1);
    const retry = { retryAt: shop.clock.at + 1, elapsedMs: 9_000, sendFailures: 7, failingSince: 5, problem: null };
    await shop.inbox.scheduleRetry(id, retry);
    await shop.inbox.moveToDeadLetters(id, REFUSED);
    t.match(await deadLetters(shop), [{ id, hasReply: true, reason: REFUSED.reason }]);
    await shop.reopen();
    t.same(await shop.inbox.replay(id), { sender: SENDER });
    t.same(await deadLetters(shop), []);
    await shop.reopen();
    const { parts, entries, notes } = reply;
    const again = { parts, entries, notes, partsSent: 1, replyAt: reply.at, userId: USER, attempts: 1, elapsedMs: 0 };
    const turn = (await nextOf(shop)).open;
    t.match(turn, { ...again, id, retryAt: null, sendFailures: 0, failingSince: null, deadLetterReason: null });
    t.match(turn?.history, [REFUSED], 'with its history');
    t.same(
      turn?.messages.map(({ text }) => text),
      ['satu'],
    );
    await shop.inbox.moveToDeadLetters(id, REFUSED);
    t.match(await deadLetters(shop), [{ hasReply: true }], 'and keeps it when it fails again');
  });

  await t.test('an apology is no reply to keep: a replay asks anew', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    const apology = storedReply(shop, {
      parts: ['Maaf, terjadi gangguan.'],
      entries: [],
      notes: null,
      deadLetterReason: UNANSWERED,
    });
    await shop.inbox.saveReply(id, USER, apology);
    await shop.reopen();
    t.same((await nextOf(shop)).open?.deadLetterReason, UNANSWERED, 'once sent, the turn is dead');
    await shop.inbox.moveToDeadLetters(id, UNANSWERED);
    t.match(await deadLetters(shop), [{ id, hasReply: false, upstream: 'gemini', reason: UNANSWERED.reason }]);
    await shop.inbox.replay(id);
    const turn = await shop.inbox.resumeTurn(id);
    t.match(turn, {
      parts: null,
      partsSent: 0,
      replyAt: null,
      entries: [],
      notes: null,
      deadLetterReason: null,
      attempts: 2,
    });
    await shop.inbox.saveReply(id, USER, storedReply(shop));
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: addition({ append: [entry('satu')] }) });
    t.same(await shop.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0 });
  });

  await t.test('a replay makes its messages pending again', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu', 'dua');
    await shop.inbox.moveToDeadLetters(id, UNANSWERED);
    await shop.takeIn('tiga');
    t.equal((await shop.inbox.status()).pending, 1);
    const [one, two] = await Promise.all([shop.inbox.replay(id), shop.inbox.replay(id)]);
    t.same([one, two], [{ sender: SENDER }, 'running'], 'until-acknowledged');
    t.equal((await shop.inbox.status()).pending, 3);
    t.equal((await nextOf(shop)).open?.id, id, 'it comes before what waits');
    await shop.reopen();
    t.equal((await shop.inbox.status()).pending, 3);
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: null });
    t.equal((await shop.inbox.status()).pending, 1);
    t.equal(await shop.inbox.replay(id), 'unknown', 'what is answered is not asked again');
    t.equal(await shop.inbox.replay('unknown'), 'unknown');
  });

  await t.test('a replay waits for the turn that is running', async (t) => {
    const shop = await openShop(t, open);
    const dead = await shop.begin('satu');
    await shop.inbox.moveToDeadLetters(dead.id, UNANSWERED);
    const running = await shop.begin('dua');
    await shop.inbox.replay(dead.id);
    await shop.inbox.completeTurn(running.id, { outcome: 'answered', session: null });
    t.equal((await nextOf(shop)).open?.id, dead.id);
  });

  await t.test('a discarded dead letter is gone, and nothing else can be discarded', async (t) => {
    const shop = await openShop(t, open);
    const dead = await shop.begin('satu');
    await shop.inbox.moveToDeadLetters(dead.id, UNANSWERED);
    const open_ = await shop.begin('dua');
    t.equal(await shop.inbox.discard(open_.id), false);
    t.equal(await shop.inbox.discard('unknown'), false);
    t.equal(await shop.inbox.discard(dead.id), true);
    t.equal(await shop.inbox.discard(dead.id), false);
    await shop.reopen();
    t.same(await deadLetters(shop), []);
    t.equal(await shop.inbox.replay(dead.id), 'unknown');
    t.same(await shop.inbox.status(), { pending: 1, oldestAt: shop.clock.at, deadLetters: 0 });
  });

  await t.test('dead letters are listed newest first, page by page', async (t) => {
    const shop = await openShop(t, open);
    const ids: string[] = [];
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      const { id } = await shop.begin(text);
      await shop.inbox.moveToDeadLetters(id, UNANSWERED);
      shop.clock.at += SECOND;
      ids.unshift(id);
    }
    const pages = [0, 2, 4, 6].map((cursor) => shop.inbox.deadLetters({ limit: 2, cursor }));
    const listed = (await Promise.all(pages)).map((page) => page.map(({ id }) => id));
    t.same(listed, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4), []]);
  });
}
