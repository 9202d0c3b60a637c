import type { Test } from 'tap';
import { buildTurn } from '../turn-fixture.ts';
import {
  addition,
  entry,
  fingerprint,
  MINUTE,
  nextOf,
  notice,
  type Open,
  OTHER,
  openShop,
  PER_MINUTE,
  refusal,
  SECOND,
  SENDER,
  storedReply,
  USER,
  waitingTexts,
} from './samples.ts';

/** The life of a turn up to its end. */
export async function turnContract(t: Test, open: Open): Promise<void> {
  await t.test('which messages a turn answers is fixed when it starts; later ones wait', async (t) => {
    const shop = await openShop(t, open);
    const turn = await shop.begin('satu', 'dua');
    await shop.takeIn('tiga');
    const now = await nextOf(shop);
    t.same(
      now.open?.messages.map(({ text }) => text),
      ['satu', 'dua'],
    );
    t.same(await waitingTexts(shop), ['tiga']);
    t.equal(now.open?.id, turn.id);
    await shop.reopen();
    t.same((await nextOf(shop)).open, { ...turn, crashes: 1 }, 'also after a restart');
    t.same(await waitingTexts(shop), ['tiga']);
  });

  await t.test('a turn that starts is as it should be', async (t) => {
    const shop = await openShop(t, open);
    const messages = await shop.takeIn('satu', 'dua');
    const seqs = messages.map(({ seq }) => seq);
    const turn = await shop.inbox.startTurn({ sender: SENDER, userId: USER, kind: 'command', seqs });
    t.type(turn?.id, 'string');
    const started = { id: turn?.id ?? '', seq: seqs[0] ?? 0, sender: SENDER, userId: USER, messages };
    t.same(turn, buildTurn({ ...started, kind: 'command' }));
  });

  await t.test('a turn does not start without all its messages', async (t) => {
    const shop = await openShop(t, open);
    const [first, second] = await shop.takeIn('satu', 'dua');
    const seqs = [first?.seq ?? 0, second?.seq ?? 0];
    const wanted = { sender: SENDER, userId: USER, kind: 'answer' as const };
    t.equal(await shop.inbox.startTurn({ ...wanted, seqs: [...seqs, 12_345] }), null, 'one is gone');
    t.equal(await shop.inbox.startTurn({ ...wanted, seqs: [] }), null, 'there are none');
    t.equal(await shop.inbox.startTurn({ ...wanted, sender: OTHER, seqs }), null, "they are another's");
    t.same(await waitingTexts(shop), ['satu', 'dua'], 'those that are there wait on');
    const [one, two] = await Promise.all([1, 2].map(() => shop.inbox.startTurn({ ...wanted, seqs })));
    t.ok(one);
    t.equal(two, null, 'another turn answers them');
    t.equal((await shop.inbox.status()).pending, 2);
  });

  await t.test('a start is counted, and takes the turn out of its wait', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    const retryAt = shop.clock.at + MINUTE;
    await shop.inbox.scheduleRetry(id, { retryAt, elapsedMs: 1, sendFailures: 0, failingSince: null, problem: null });
    t.equal((await nextOf(shop)).pending.openAt, retryAt);
    const turn = await shop.inbox.resumeTurn(id);
    t.match(turn, { id, attempts: 2, retryAt: null, elapsedMs: 1 });
    t.equal((await nextOf(shop)).pending.openAt, 0, 'it may start again at once');
    t.equal(await shop.inbox.resumeTurn('unknown'), null);
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: null });
    t.equal(await shop.inbox.resumeTurn(id), null, 'it is over');
  });

  await t.test('how far a turn got survives a restart at every step', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu', 'dua');
    const reply = storedReply(shop, { parts: ['(1/3) a', '(2/3) b', '(3/3) c \u0000 🙂'] });
    t.equal(await shop.inbox.saveReply(id, 'user-b', reply), true);
    await shop.reopen();
    const { parts, entries, notes } = reply;
    t.match((await nextOf(shop)).open, {
      id,
      userId: 'user-b',
      parts,
      partsSent: 0,
      replyAt: reply.at,
      entries,
      notes,
    });
    await shop.inbox.recordPartSent(id, 1);
    await shop.reopen();
    t.equal((await nextOf(shop)).open?.partsSent, 1);
    const problem = { at: shop.clock.at, upstream: 'fonnte', reason: 'device disconnected' };
    const failingSince = shop.clock.at;
    const retry = { retryAt: shop.clock.at + 2 * SECOND, elapsedMs: 4_321, sendFailures: 1, failingSince, problem };
    await shop.inbox.scheduleRetry(id, retry);
    await shop.reopen();
    const { retryAt, elapsedMs } = retry;
    const waiting = { retryAt, elapsedMs, sendFailures: 1, failingSince, history: [problem], parts, partsSent: 1 };
    t.match((await nextOf(shop)).open, waiting);
    await shop.inbox.recordPartSent(id, 2);
    t.match((await nextOf(shop)).open, { partsSent: 2, sendFailures: 0, failingSince: null }, 'sending works again');
  });

  await t.test('a start counts as a crash where another process finds the turn without progress', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.inbox.resumeTurn(id);
    t.equal((await shop.inbox.resumeTurn(id))?.crashes, 0, 'not in the same process');
    for (const crashes of [1, 2, 3]) {
      await shop.reopen();
      await shop.reopen();
      t.match(
        await nextOf(shop),
        { open: { crashes }, pending: { crashes } },
        'a process that did not run it counts nothing',
      );
      t.match(await shop.inbox.pendingConversations(), [{ sender: SENDER, crashes }]);
      t.equal((await shop.inbox.resumeTurn(id))?.crashes, crashes);
    }
  });

  await t.test('progress ends the count of crashes: a stored reply, a recorded part, a recorded retry', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    const crashesAfter = async (progress: () => Promise<unknown>) => {
      await shop.reopen();
      t.equal((await shop.inbox.resumeTurn(id))?.crashes, 1);
      await progress();
      return (await nextOf(shop)).open?.crashes;
    };
    const retry = { retryAt: 0, elapsedMs: 0, sendFailures: 0, failingSince: null, problem: null };
    t.equal(await crashesAfter(() => shop.inbox.saveReply(id, USER, storedReply(shop, { parts: ['a', 'b'] }))), 0);
    t.equal(await crashesAfter(() => shop.inbox.recordPartSent(id, 1)), 0);
    t.equal(await crashesAfter(() => shop.inbox.scheduleRetry(id, retry)), 0);
    await shop.reopen();
    t.equal((await nextOf(shop)).open?.crashes, 0, 'a turn that waited for its retry did not run');
  });

  await t.test('a turn that was released did not crash, and keeps the time it has used', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.inbox.release(id, 12_345.6);
    await shop.reopen();
    t.match((await nextOf(shop)).open, { crashes: 0, elapsedMs: 12_346 });
    await shop.inbox.resumeTurn(id);
    await shop.inbox.releaseAll();
    await shop.reopen();
    t.match((await nextOf(shop)).open, { crashes: 0, elapsedMs: 12_346, attempts: 2 });
    await shop.inbox.resumeTurn(id);
    await shop.reopen();
    await shop.inbox.releaseAll();
    t.equal((await nextOf(shop)).open?.crashes, 1, 'a process releases its own turns only');
  });

  await t.test('a replay starts the count of crashes again', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.reopen();
    await shop.inbox.resumeTurn(id);
    await shop.inbox.moveToDeadLetters(id, { upstream: 'service', reason: 'process-died' });
    await shop.reopen();
    await shop.inbox.replay(id);
    t.equal((await nextOf(shop)).open?.crashes, 0);
  });

  await t.test('that the sender was told to wait is remembered with the turn', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.inbox.markWaitNoticeSent(id);
    await shop.reopen();
    t.equal((await nextOf(shop)).open?.waitNoticeSent, true);
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: null });
    t.equal((await shop.begin('dua')).waitNoticeSent, false, 'and with no other');
  });

  await t.test('a part noted as sent stays so', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.inbox.saveReply(id, USER, storedReply(shop, { parts: ['a', 'b', 'c'] }));
    await Promise.all([shop.inbox.recordPartSent(id, 2), shop.inbox.recordPartSent(id, 1)]);
    t.equal((await nextOf(shop)).open?.partsSent, 2);
    await shop.inbox.saveReply(id, USER, storedReply(shop));
    t.equal((await nextOf(shop)).open?.partsSent, 0, 'another reply begins anew');
  });

  await t.test('times in fractions of a millisecond are taken', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    const retryAt = shop.clock.at + 0.4;
    const failingSince = shop.clock.at - 0.2;
    await shop.inbox.scheduleRetry(id, { retryAt, elapsedMs: 1.6, sendFailures: 0, failingSince, problem: null });
    t.match((await nextOf(shop)).open, { retryAt: shop.clock.at + 1, elapsedMs: 2, failingSince: shop.clock.at });
  });

  await t.test('a turn remembers its last twenty problems', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    for (let index = 0; index < 25; index += 1) {
      const problem = { at: shop.clock.at, upstream: 'gemini', reason: `galat ${index}` };
      await shop.inbox.scheduleRetry(id, { retryAt: 0, elapsedMs: 0, sendFailures: 0, failingSince: null, problem });
    }
    const history = (await nextOf(shop)).open?.history ?? [];
    t.equal(history.length, 20);
    t.equal(history[0]?.reason, 'galat 5');
    t.equal(history[19]?.reason, 'galat 24');
  });

  await t.test('a turn ends together with what it adds to the session', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    const reply = storedReply(shop);
    await shop.inbox.saveReply(id, USER, reply);
    const session = addition({ append: reply.entries, notes: reply.notes });
    await shop.inbox.completeTurn(id, { outcome: 'answered', session });
    await shop.reopen();
    t.equal((await nextOf(shop)).open, null);
    t.same((await shop.inbox.status()).pending, 0);
    t.match(await shop.store.sessions.get(SENDER), { userId: USER, entries: reply.entries, notes: reply.notes });
    await shop.inbox.completeTurn(id, { outcome: 'answered', session });
    t.equal((await shop.store.sessions.get(SENDER))?.entries.length, 2, 'it ends once');
  });

  await t.test('a turn may end without a reply, and with the session forgotten', async (t) => {
    const shop = await openShop(t, open);
    const first = await shop.begin('satu');
    await shop.inbox.completeTurn(first.id, { outcome: 'answered', session: addition() });
    t.ok(await shop.store.sessions.get(SENDER));
    const second = await shop.begin('/reset');
    await shop.inbox.dropTurn(second.id, 'not-linked', true);
    t.equal(await shop.store.sessions.get(SENDER), null);
    t.same((await nextOf(shop)).open, null);
  });

  await t.test('a turn that was forgotten meanwhile keeps no reply, sends no more, and leaves nothing', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('satu');
    await shop.store.forget(SENDER);
    t.equal(await shop.inbox.saveReply(id, USER, storedReply(shop)), false);
    await shop.inbox.recordPartSent(id, 1);
    await shop.inbox.scheduleRetry(id, {
      retryAt: 0,
      elapsedMs: 0,
      sendFailures: 0,
      failingSince: null,
      problem: { at: 0, upstream: 'fonnte', reason: 'x' },
    });
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: addition() });
    await shop.inbox.moveToDeadLetters(id, { upstream: 'fonnte', reason: 'x' });
    await shop.inbox.dropTurn(id, 'owner-changed', true);
    t.equal(await shop.store.sessions.get(SENDER), null);
    t.same(await shop.inbox.deadLetters({ limit: 10, cursor: 0 }), []);
    t.same(await shop.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0 });
  });

  await t.test('a turn that is dropped is gone with its reply, and with the session where that is said', async (t) => {
    const shop = await openShop(t, open);
    const first = await shop.begin('satu');
    await shop.inbox.completeTurn(first.id, { outcome: 'answered', session: addition() });
    const second = await shop.begin('dua');
    await shop.inbox.saveReply(second.id, USER, storedReply(shop));
    await shop.inbox.dropTurn(second.id, 'not-linked', false);
    t.equal((await nextOf(shop)).open, null);
    t.equal(await shop.inbox.resumeTurn(second.id), null);
    t.ok(await shop.store.sessions.get(SENDER), 'the session stays');
    const third = await shop.begin('tiga');
    await shop.inbox.dropTurn(third.id, 'owner-changed', true);
    t.equal(await shop.store.sessions.get(SENDER), null);
    t.same(await shop.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0 });
    t.equal(await shop.inbox.replay(second.id), 'unknown', 'nothing brings it back');
  });

  await t.test('what is pending is told per conversation, as it is after a restart', async (t) => {
    const shop = await openShop(t, open);
    const begin = shop.clock.at;
    const { id } = await shop.begin('satu');
    const retryAt = begin + MINUTE;
    await shop.inbox.scheduleRetry(id, { retryAt, elapsedMs: 0, sendFailures: 0, failingSince: null, problem: null });
    shop.clock.at += SECOND;
    await shop.takeIn('dua');
    shop.clock.at += SECOND;
    await shop.takeIn('tiga');
    const other = shop.message({ sender: OTHER });
    await shop.inbox.accept(other, fingerprint(), PER_MINUTE);
    const third = '6281200000003';
    await shop.inbox.refuse(refusal(shop, { sender: third, notice: notice({ sender: third }) }));
    const fourth = '6281200000004';
    const answered = shop.message({ sender: fourth });
    await shop.inbox.accept(answered, fingerprint(), PER_MINUTE);
    const done = await shop.inbox.startTurn({ sender: fourth, userId: null, kind: 'answer', seqs: [answered.seq] });
    await shop.inbox.completeTurn(done?.id ?? '', { outcome: 'answered', session: null });
    await shop.reopen();
    const told = await shop.inbox.pendingConversations();
    t.same(
      told.sort((one, two) => one.sender.localeCompare(two.sender)),
      [
        { sender: SENDER, firstAt: begin + SECOND, lastAt: begin + 2 * SECOND, openAt: retryAt, crashes: 0 },
        { sender: OTHER, firstAt: other.receivedAt, lastAt: other.receivedAt, openAt: null, crashes: 0 },
        { sender: third, firstAt: null, lastAt: null, openAt: 0, crashes: 0 },
      ],
    );
  });

  await t.test('conversations do not touch each other', async (t) => {
    const shop = await openShop(t, open);
    await shop.begin('satu');
    const other = shop.message({ sender: OTHER, text: 'lain' });
    await shop.inbox.accept(other, fingerprint(), PER_MINUTE);
    t.equal((await nextOf(shop, OTHER)).open, null);
    t.same(await waitingTexts(shop, OTHER), ['lain']);
    await shop.store.forget(SENDER);
    t.same(await waitingTexts(shop, OTHER), ['lain']);
    t.equal((await shop.inbox.status()).pending, 1);
  });

  await t.test('the oldest pending message is told by its age', async (t) => {
    const shop = await openShop(t, open);
    t.same(await shop.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0 });
    const begin = shop.clock.at;
    const { id } = await shop.begin('satu');
    shop.clock.at += MINUTE;
    await shop.takeIn('dua');
    t.same(await shop.inbox.status(), { pending: 2, oldestAt: begin, deadLetters: 0 });
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: addition({ append: [entry('satu')] }) });
    t.same(await shop.inbox.status(), { pending: 1, oldestAt: begin + MINUTE, deadLetters: 0 });
  });

  await t.test('the last turns of a sender come newest first, with their texts and without notices', async (t) => {
    const shop = await openShop(t, open);
    const end = async (...texts: string[]) => {
      const turn = await shop.begin(...texts);
      shop.clock.at += SECOND;
      await shop.inbox.completeTurn(turn.id, { outcome: 'answered', session: null });
      return shop.clock.at;
    };
    t.same(await shop.inbox.recentTurns(SENDER, 5), []);
    const first = await end('satu', 'dua');
    const second = await end('tiga');
    const dropped = await shop.begin('empat');
    await shop.inbox.dropTurn(dropped.id, 'token-budget-exceeded', false);
    await shop.inbox.refuse(refusal(shop));
    const { open: told } = await nextOf(shop);
    await shop.inbox.completeTurn(told?.id ?? '', { outcome: 'not-linked', session: null });
    const attachment = { type: 'image', url: '', filename: '', extension: '', location: '' };
    const photo = shop.message({ text: 'lima', attachment });
    await shop.inbox.accept(photo, fingerprint(), PER_MINUTE);
    const withPhoto = await shop.inbox.startTurn({ sender: SENDER, userId: USER, kind: 'answer', seqs: [photo.seq] });
    shop.clock.at += SECOND;
    await shop.inbox.completeTurn(withPhoto?.id ?? '', { outcome: 'answered', session: null });
    await shop.begin('masih berjalan');
    const expected = [
      { endedAt: shop.clock.at, text: '' },
      { endedAt: second, text: 'empat' },
      { endedAt: second, text: 'tiga' },
      { endedAt: first, text: 'satu\ndua' },
    ];
    const found = await shop.inbox.recentTurns(SENDER, 5);
    t.same(found[0], expected[0]);
    t.same(new Set(found.map(({ text }) => text)), new Set(['', 'empat', 'tiga', 'satu\ndua']));
    t.same(found.at(-1), expected[3]);
    t.same(await shop.inbox.recentTurns(SENDER, 1), expected.slice(0, 1), 'at most as many as asked for');
    t.same(await shop.inbox.recentTurns(OTHER, 5), []);
    await shop.reopen();
    t.same(await shop.inbox.recentTurns(SENDER, 5), found, 'also after a restart');
  });
}
