import type { Test } from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { one } from '../../../src/store/types.ts';
import { keyOf } from '../conversation.ts';
import { buildTurn } from '../turn-fixture.ts';
import {
  addition,
  deadTurn,
  entry,
  fingerprint,
  MINUTE,
  nextOf,
  notice,
  type Open,
  OTHER,
  openStoreFixture,
  PER_MINUTE,
  refusal,
  SECOND,
  SENDER,
  storedReply,
  USER,
  waitingTexts,
} from './samples.ts';

/** The states of a turn until its end. */
export async function turnContract(t: Test, open: Open): Promise<void> {
  await t.test('later messages are not part of a turn and wait', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const turn = await fixture.begin('satu', 'dua');
    await fixture.acceptTexts('tiga');
    const now = await nextOf(fixture);
    t.same(
      now.open?.messages.map(({ text }) => text),
      ['satu', 'dua'],
    );
    t.same(await waitingTexts(fixture), ['tiga']);
    t.equal(now.open?.id, turn.id);
    await fixture.reopen();
    t.same((await nextOf(fixture)).open, { ...turn, crashes: 1 }, 'also after a restart');
    t.same(await waitingTexts(fixture), ['tiga']);
  });

  await t.test('a new turn has the expected state', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const messages = await fixture.acceptTexts('satu', 'dua');
    const seqs = messages.map(({ seq }) => seq);
    const turn = await one(fixture.turns.start([{ sender: SENDER, userId: USER, kind: 'command', seqs }]));
    t.type(turn?.id, 'string');
    const started = { id: turn?.id ?? '', seq: seqs[0] ?? 0, sender: SENDER, userId: USER, messages };
    t.same(turn, buildTurn({ ...started, kind: 'command' }));
  });

  await t.test('a turn does not start without all its messages', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const [first, second] = await fixture.acceptTexts('satu', 'dua');
    const seqs = [first?.seq ?? 0, second?.seq ?? 0];
    const wanted = { sender: SENDER, userId: USER, kind: 'answer' as const };
    t.equal(await one(fixture.turns.start([{ ...wanted, seqs: [...seqs, 12_345] }])), null, 'one is gone');
    t.equal(await one(fixture.turns.start([{ ...wanted, seqs: [] }])), null, 'there are none');
    t.equal(await one(fixture.turns.start([{ ...wanted, sender: OTHER, seqs }])), null, "they are another's");
    t.same(await waitingTexts(fixture), ['satu', 'dua'], 'those that are there wait on');
    const [taken, two] = await Promise.all([1, 2].map(() => one(fixture.turns.start([{ ...wanted, seqs }]))));
    t.ok(taken);
    t.equal(two, null, 'another turn answers them');
    t.equal((await fixture.inbox.status()).pending, 2);
  });

  await t.test('operations on several turns have their results in the order of the turns', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const [first, second] = [await fixture.begin('satu'), await fixture.begin('dua')];
    const ids = [second.id, 'unknown', first.id];
    const resumed = await Promise.all(fixture.turns.resume(ids));
    t.same(
      resumed.map((turn) => turn?.id),
      [second.id, undefined, first.id],
    );
    const replies = ids.map((id) => ({ id, ...storedReply(fixture, { parts: [id, 'b'] }) }));
    t.same(await Promise.all(fixture.turns.saveReply(replies)), [true, false, true]);
    const sent = await Promise.all(fixture.turns.recordPartSent(ids.map((id) => ({ id, partsSent: 1 }))));
    t.same(sent, [true, false, true]);
    t.match((await nextOf(fixture)).open, { id: first.id, parts: [first.id, 'b'], partsSent: 1 });
    await Promise.all(fixture.turns.complete(ids.map((id) => ({ id, outcome: 'answered', session: null }))));
    t.equal((await fixture.inbox.status()).pending, 0);
  });

  await t.test('a start increases the attempt count and ends the wait', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const retryAt = fixture.clock.at + MINUTE;
    await one(
      fixture.turns.scheduleRetry([{ id, retryAt, elapsedMs: 1, sendFailures: 0, failingSince: null, history: [] }]),
    );
    t.equal((await nextOf(fixture)).pending.openAt, retryAt);
    const turn = await one(fixture.turns.resume([id]));
    t.match(turn, { id, attempts: 2, retryAt: null, elapsedMs: 1 });
    t.equal((await nextOf(fixture)).pending.openAt, 0, 'it may start again at once');
    t.equal(await one(fixture.turns.resume(['unknown'])), null);
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
    t.equal(await one(fixture.turns.resume([id])), null, 'it is over');
  });

  await t.test('the progress of a turn survives a restart at every step', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu', 'dua');
    const reply = storedReply(fixture, { parts: ['(1/3) a', '(2/3) b', '(3/3) c \u0000 🙂'] });
    t.equal(await one(fixture.turns.saveReply([{ id, ...reply, userId: 'user-b' }])), true);
    await fixture.reopen();
    const { parts, entries, notes } = reply;
    t.match((await nextOf(fixture)).open, {
      id,
      userId: 'user-b',
      parts,
      partsSent: 0,
      replyAt: reply.at,
      entries,
      notes,
    });
    await one(fixture.turns.recordPartSent([{ id, partsSent: 1 }]));
    await fixture.reopen();
    t.equal((await nextOf(fixture)).open?.partsSent, 1);
    const problem = { at: fixture.clock.at, upstream: 'fonnte', reason: 'device disconnected' };
    const failingSince = fixture.clock.at;
    const retry = {
      retryAt: fixture.clock.at + 2 * SECOND,
      elapsedMs: 4_321,
      sendFailures: 1,
      failingSince,
      history: [problem],
    };
    await one(fixture.turns.scheduleRetry([{ id, ...retry }]));
    await fixture.reopen();
    const { retryAt, elapsedMs } = retry;
    const waiting = { retryAt, elapsedMs, sendFailures: 1, failingSince, history: [problem], parts, partsSent: 1 };
    t.match((await nextOf(fixture)).open, waiting);
    await one(fixture.turns.recordPartSent([{ id, partsSent: 2 }]));
    t.match((await nextOf(fixture)).open, { partsSent: 2, sendFailures: 0, failingSince: null }, 'sending works again');
  });

  await t.test('a start counts as a crash if another process finds the turn without progress', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await one(fixture.turns.resume([id]));
    t.equal((await one(fixture.turns.resume([id])))?.crashes, 0, 'not in the same process');
    for (const crashes of [1, 2, 3]) {
      await fixture.reopen();
      await fixture.reopen();
      t.match(
        await nextOf(fixture),
        { open: { crashes }, pending: { crashes } },
        'a process that did not run it counts nothing',
      );
      t.match(await fixture.turns.pending(), [{ sender: SENDER, crashes }]);
      t.equal((await one(fixture.turns.resume([id])))?.crashes, crashes);
    }
  });

  await t.test('progress resets the crash count: a stored reply, a recorded part, a recorded retry', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const crashesAfter = async (progress: () => Promise<unknown>) => {
      await fixture.reopen();
      t.equal((await one(fixture.turns.resume([id])))?.crashes, 1);
      await progress();
      return (await nextOf(fixture)).open?.crashes;
    };
    const retry = { retryAt: 0, elapsedMs: 0, sendFailures: 0, failingSince: null, history: [] };
    t.equal(
      await crashesAfter(() => one(fixture.turns.saveReply([{ id, ...storedReply(fixture, { parts: ['a', 'b'] }) }]))),
      0,
    );
    t.equal(await crashesAfter(() => one(fixture.turns.recordPartSent([{ id, partsSent: 1 }]))), 0);
    t.equal(await crashesAfter(() => one(fixture.turns.scheduleRetry([{ id, ...retry }]))), 0);
    await fixture.reopen();
    t.equal((await nextOf(fixture)).open?.crashes, 0, 'a turn that waited for its retry did not run');
  });

  await t.test('a released turn does not count as a crash and keeps its used time', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await one(fixture.turns.release([{ id, elapsedMs: 12_345.6 }]));
    await fixture.reopen();
    t.match((await nextOf(fixture)).open, { crashes: 0, elapsedMs: 12_346 });
    await one(fixture.turns.resume([id]));
    await fixture.turns.releaseAll();
    await fixture.reopen();
    t.match((await nextOf(fixture)).open, { crashes: 0, elapsedMs: 12_346, attempts: 2 });
    await one(fixture.turns.resume([id]));
    await fixture.reopen();
    await fixture.turns.releaseAll();
    t.equal((await nextOf(fixture)).open?.crashes, 1, 'a process releases its own turns only');
  });

  await t.test('a replay resets the crash count', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await fixture.reopen();
    await one(fixture.turns.resume([id]));
    await one(
      fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, { upstream: 'service', reason: 'process-died' }) }]),
    );
    await fixture.reopen();
    await fixture.deadLetters.replay(id);
    t.equal((await nextOf(fixture)).open?.crashes, 0);
  });

  await t.test('the turn records that its wait notice was sent', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await one(fixture.turns.markWaitNoticeSent([id]));
    await fixture.reopen();
    t.equal((await nextOf(fixture)).open?.waitNoticeSent, true);
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
    t.equal((await fixture.begin('dua')).waitNoticeSent, false, 'and with no other');
  });

  await t.test('a part recorded as sent remains recorded', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await one(fixture.turns.saveReply([{ id, ...storedReply(fixture, { parts: ['a', 'b', 'c'] }) }]));
    await Promise.all([
      one(fixture.turns.recordPartSent([{ id, partsSent: 2 }])),
      one(fixture.turns.recordPartSent([{ id, partsSent: 1 }])),
    ]);
    t.equal((await nextOf(fixture)).open?.partsSent, 2);
    await one(fixture.turns.saveReply([{ id, ...storedReply(fixture) }]));
    t.equal((await nextOf(fixture)).open?.partsSent, 0, 'another reply begins anew');
  });

  await t.test('times with fractions of a millisecond are accepted', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const retryAt = fixture.clock.at + 0.4;
    const failingSince = fixture.clock.at - 0.2;
    await one(
      fixture.turns.scheduleRetry([{ id, retryAt, elapsedMs: 1.6, sendFailures: 0, failingSince, history: [] }]),
    );
    t.match((await nextOf(fixture)).open, {
      retryAt: fixture.clock.at + 1,
      elapsedMs: 2,
      failingSince: fixture.clock.at,
    });
  });

  await t.test('a turn ends in the same transaction as its session update', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const reply = storedReply(fixture);
    await one(fixture.turns.saveReply([{ id, ...reply }]));
    const session = addition({ append: reply.entries, notes: reply.notes });
    await one(fixture.turns.complete([{ id, outcome: 'answered', session }]));
    await fixture.reopen();
    t.equal((await nextOf(fixture)).open, null);
    t.same((await fixture.inbox.status()).pending, 0);
    t.match(await one(fixture.store.sessions.get([SENDER])), {
      userId: USER,
      entries: reply.entries,
      notes: reply.notes,
    });
    await one(fixture.turns.complete([{ id, outcome: 'answered', session }]));
    t.equal((await one(fixture.store.sessions.get([SENDER])))?.entries.length, 2, 'it ends once');
  });

  await t.test('a turn can end without a reply and can delete the session', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const first = await fixture.begin('satu');
    await one(fixture.turns.complete([{ id: first.id, outcome: 'answered', session: addition() }]));
    t.ok(await one(fixture.store.sessions.get([SENDER])));
    const second = await fixture.begin('/reset');
    await one(fixture.turns.drop([{ id: second.id, outcome: 'not-linked', deletesSession: true }]));
    t.equal(await one(fixture.store.sessions.get([SENDER])), null);
    t.same((await nextOf(fixture)).open, null);
  });

  await t.test(
    'a turn that is deleted while it runs stores no reply, sends no more parts and leaves no data',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      const { id } = await fixture.begin('satu');
      await fixture.store.forget(senderOf(SENDER));
      t.equal(await one(fixture.turns.saveReply([{ id, ...storedReply(fixture) }])), false);
      await one(fixture.turns.recordPartSent([{ id, partsSent: 1 }]));
      await one(
        fixture.turns.scheduleRetry([
          {
            id,
            retryAt: 0,
            elapsedMs: 0,
            sendFailures: 0,
            failingSince: null,
            history: [{ at: 0, upstream: 'fonnte', reason: 'x' }],
          },
        ]),
      );
      await one(fixture.turns.complete([{ id, outcome: 'answered', session: addition() }]));
      await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, { upstream: 'fonnte', reason: 'x' }) }]));
      await one(fixture.turns.drop([{ id, outcome: 'owner-changed', deletesSession: true }]));
      t.equal(await one(fixture.store.sessions.get([SENDER])), null);
      t.same(await fixture.deadLetters.list({ limit: 10, cursor: 0 }), []);
      t.same(await fixture.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0, pausedConversations: 0 });
    },
  );

  await t.test('a dropped turn is deleted with its reply, and with the session on request', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const first = await fixture.begin('satu');
    await one(fixture.turns.complete([{ id: first.id, outcome: 'answered', session: addition() }]));
    const second = await fixture.begin('dua');
    await one(fixture.turns.saveReply([{ id: second.id, ...storedReply(fixture) }]));
    await one(fixture.turns.drop([{ id: second.id, outcome: 'not-linked', deletesSession: false }]));
    t.equal((await nextOf(fixture)).open, null);
    t.equal(await one(fixture.turns.resume([second.id])), null);
    t.ok(await one(fixture.store.sessions.get([SENDER])), 'the session stays');
    const third = await fixture.begin('tiga');
    await one(fixture.turns.drop([{ id: third.id, outcome: 'owner-changed', deletesSession: true }]));
    t.equal(await one(fixture.store.sessions.get([SENDER])), null);
    t.same(await fixture.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0, pausedConversations: 0 });
    t.equal(await fixture.deadLetters.replay(second.id), 'unknown', 'nothing brings it back');
  });

  await t.test('pending work is listed per conversation, also after a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const begin = fixture.clock.at;
    const { id } = await fixture.begin('satu');
    const retryAt = begin + MINUTE;
    await one(
      fixture.turns.scheduleRetry([{ id, retryAt, elapsedMs: 0, sendFailures: 0, failingSince: null, history: [] }]),
    );
    fixture.clock.at += SECOND;
    await fixture.acceptTexts('dua');
    fixture.clock.at += SECOND;
    await fixture.acceptTexts('tiga');
    const other = fixture.message({ sender: OTHER });
    await fixture.accept(other, fingerprint(), PER_MINUTE);
    const third = keyOf('6281200000003');
    await one(fixture.inbox.refuse([refusal(fixture, { sender: third, notice: notice({ sender: third }) })]));
    const fourth = keyOf('6281200000004');
    const answered = fixture.message({ sender: fourth });
    await fixture.accept(answered, fingerprint(), PER_MINUTE);
    const done = await one(
      fixture.turns.start([{ sender: fourth, userId: null, kind: 'answer', seqs: [answered.seq] }]),
    );
    await one(fixture.turns.complete([{ id: done?.id ?? '', outcome: 'answered', session: null }]));
    await fixture.reopen();
    const pending = await fixture.turns.pending();
    t.same(
      pending.sort((a, b) => a.sender.localeCompare(b.sender)),
      [
        { sender: SENDER, openAt: retryAt, crashes: 0 },
        { sender: OTHER, openAt: null, crashes: 0 },
        { sender: third, openAt: 0, crashes: 0 },
      ],
    );
  });

  await t.test('conversations are independent of each other', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await fixture.begin('satu');
    const other = fixture.message({ sender: OTHER, text: 'lain' });
    await fixture.accept(other, fingerprint(), PER_MINUTE);
    t.equal((await nextOf(fixture, OTHER)).open, null);
    t.same(await waitingTexts(fixture, OTHER), ['lain']);
    await fixture.store.forget(senderOf(SENDER));
    t.same(await waitingTexts(fixture, OTHER), ['lain']);
    t.equal((await fixture.inbox.status()).pending, 1);
  });

  await t.test('the status contains the arrival of the oldest pending message', async (t) => {
    const fixture = await openStoreFixture(t, open);
    t.same(await fixture.inbox.status(), { pending: 0, oldestAt: null, deadLetters: 0, pausedConversations: 0 });
    const begin = fixture.clock.at;
    const { id } = await fixture.begin('satu');
    fixture.clock.at += MINUTE;
    await fixture.acceptTexts('dua');
    t.same(await fixture.inbox.status(), { pending: 2, oldestAt: begin, deadLetters: 0, pausedConversations: 0 });
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: addition({ append: [entry('satu')] }) }]));
    t.same(await fixture.inbox.status(), {
      pending: 1,
      oldestAt: begin + MINUTE,
      deadLetters: 0,
      pausedConversations: 0,
    });
  });

  await t.test(
    'the last turns of a sender are listed newest first, with their texts and without notices',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      const end = async (...texts: string[]) => {
        const turn = await fixture.begin(...texts);
        fixture.clock.at += SECOND;
        await one(fixture.turns.complete([{ id: turn.id, outcome: 'answered', session: null }]));
        return fixture.clock.at;
      };
      t.same(await one(fixture.turns.recent([{ sender: SENDER, limit: 5 }])), []);
      const first = await end('satu', 'dua');
      const second = await end('tiga');
      const dropped = await fixture.begin('empat');
      await one(fixture.turns.drop([{ id: dropped.id, outcome: 'token-budget-exceeded', deletesSession: false }]));
      await one(fixture.inbox.refuse([refusal(fixture)]));
      const { open: notified } = await nextOf(fixture);
      await one(fixture.turns.complete([{ id: notified?.id ?? '', outcome: 'not-linked', session: null }]));
      const attachment = { type: 'image', url: '', filename: '', extension: '', location: '' };
      const photo = fixture.message({ text: 'lima', attachment });
      await fixture.accept(photo, fingerprint(), PER_MINUTE);
      const withPhoto = await one(
        fixture.turns.start([
          {
            sender: SENDER,
            userId: USER,
            kind: 'answer',
            seqs: [photo.seq],
          },
        ]),
      );
      fixture.clock.at += SECOND;
      await one(fixture.turns.complete([{ id: withPhoto?.id ?? '', outcome: 'answered', session: null }]));
      await fixture.begin('masih berjalan');
      const expected = [
        { endedAt: fixture.clock.at, text: '' },
        { endedAt: second, text: 'empat' },
        { endedAt: second, text: 'tiga' },
        { endedAt: first, text: 'satu\ndua' },
      ];
      const found = await one(fixture.turns.recent([{ sender: SENDER, limit: 5 }]));
      t.same(found[0], expected[0]);
      t.same(new Set(found.map(({ text }) => text)), new Set(['', 'empat', 'tiga', 'satu\ndua']));
      t.same(found.at(-1), expected[3]);
      t.same(
        await one(fixture.turns.recent([{ sender: SENDER, limit: 1 }])),
        expected.slice(0, 1),
        'at most as many as asked for',
      );
      t.same(await one(fixture.turns.recent([{ sender: OTHER, limit: 5 }])), []);
      await fixture.reopen();
      t.same(await one(fixture.turns.recent([{ sender: SENDER, limit: 5 }])), found, 'also after a restart');
    },
  );
}
