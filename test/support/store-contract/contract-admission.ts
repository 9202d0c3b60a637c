import type { Test } from 'tap';
import { OWNERSHIP_ENDED_BY } from '../../../src/conversation/accept/accept-message.ts';
import { NOTICE_INTERVAL_MS, UNLINKED_NOTICE_LIMIT } from '../../../src/conversation/accept/notices.ts';
import { type ConversationKey, senderOf } from '../../../src/conversation-key.ts';
import type { NoticeKind } from '../../../src/events.ts';
import { one } from '../../../src/store/types.ts';
import { keyOf } from '../conversation.ts';
import {
  addition,
  DAY,
  fingerprint,
  HOUR,
  MINUTE,
  newMessage,
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
  waitingTexts,
} from './samples.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Accepting and refusing messages: fingerprints, limits, notices, sequence numbers. */
export async function admissionContract(t: Test, open: Open): Promise<void> {
  await t.test('an accepted message is stored unchanged, also after a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const attachment = {
      type: 'image',
      url: 'https://files.fonnte.com/a.jpg',
      filename: 'a.jpg',
      extension: 'jpg',
      location: '',
    };
    const text = 'baris satu\nbaris dua 🙂 \u0000 «kutip» \'";--';
    const message = fixture.message({ userId: null, inboxid: 7_123_456, text, attachment });
    t.equal(await fixture.accept(message, fingerprint(), PER_MINUTE), 'accepted');
    t.same((await nextOf(fixture)).waiting, [message]);
    await fixture.reopen();
    const { open: turn, waiting, pending } = await nextOf(fixture);
    t.same(waiting, [message]);
    t.equal(turn, null);
    t.same(pending, { sender: SENDER, openAt: null, crashes: 0 });
  });

  await t.test('a message that FONNTE repeats is stored once, also after a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = fingerprint();
    t.equal(await one(fixture.inbox.hasFingerprint([call])), false);
    t.equal(await fixture.accept(fixture.message(), call, PER_MINUTE), 'accepted');
    t.equal(await one(fixture.inbox.hasFingerprint([call])), true);
    t.equal(await fixture.accept(fixture.message(), call, PER_MINUTE), 'duplicate');
    await fixture.reopen();
    t.equal(await one(fixture.inbox.hasFingerprint([call])), true);
    t.equal(await fixture.accept(fixture.message(), call, PER_MINUTE), 'duplicate');
    t.equal((await nextOf(fixture)).waiting.length, 1);
  });

  await t.test('a repeated message is a duplicate even if its sender has reached the rate limit', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = fingerprint();
    t.equal(await fixture.accept(fixture.message(), call, 1), 'accepted');
    t.equal(await fixture.accept(fixture.message(), fingerprint(), 1), 'rate-limited');
    t.equal(await fixture.accept(fixture.message(), call, 1), 'duplicate');
  });

  await t.test('several messages in one call have their own results, in their order', async (t) => {
    const fixture = await openStoreFixture(t, open, 3);
    const [call, other] = [fingerprint(), fingerprint()];
    const [taken] = await fixture.acceptTexts('dulu');
    const texts = ['satu', 'sama', 'rusak', 'dua', 'penuh'];
    const messages = texts.map((text) => fixture.message({ text }));
    const items = messages.map((message) => newMessage(message, fingerprint(), { maxInbox: 3 }));
    const [first, same, broken] = items;
    if (!first || !same || !broken || !taken) throw new Error('five items');
    first.fingerprint = call;
    same.fingerprint = call;
    broken.fingerprint = other;
    broken.message.seq = taken.seq;
    const results = await Promise.allSettled(fixture.inbox.accept(items));
    t.same(
      results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed')),
      ['accepted', 'duplicate', 'failed', 'accepted', 'full'],
    );
    t.same(await waitingTexts(fixture), ['dulu', 'satu', 'dua']);
    t.same(await Promise.all(fixture.inbox.hasFingerprint([other, call])), [false, true]);
    t.same(fixture.inbox.accept([]), [], 'no item, no result');
  });

  await t.test('one of fifty concurrent equal messages is accepted', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = fingerprint();
    const answers = await Promise.all(range(50).map(() => fixture.accept(fixture.message(), call, 1_000)));
    t.equal(answers.filter((answer) => answer === 'accepted').length, 1);
    t.equal(answers.filter((answer) => answer === 'duplicate').length, 49);
    t.equal((await nextOf(fixture)).waiting.length, 1);
  });

  await t.test('a fingerprint expires after a day', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = fingerprint('day');
    await fixture.accept(fixture.message(), call, PER_MINUTE);
    fixture.clock.at += DAY - 1;
    t.equal(await fixture.accept(fixture.message(), call, PER_MINUTE), 'duplicate');
    fixture.clock.at += 1;
    t.equal(await fixture.accept(fixture.message(), call, PER_MINUTE), 'accepted');
  });

  await t.test(
    'a message without id and time is a duplicate until its 200 is sent, and a new message afterwards',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      const call = fingerprint('until-acknowledged');
      t.equal(await fixture.accept(fixture.message({ text: 'ya' }), call, PER_MINUTE), 'accepted');
      t.equal(await fixture.accept(fixture.message({ text: 'ya' }), call, PER_MINUTE), 'duplicate', 'no 200 was seen');
      await one(fixture.inbox.releaseFingerprint([call.key]));
      t.equal(await fixture.accept(fixture.message({ text: 'ya' }), call, PER_MINUTE), 'accepted', 'a second «ya»');
      await one(fixture.inbox.releaseFingerprint([call.key]));
      await fixture.reopen();
      t.equal(await one(fixture.inbox.hasFingerprint([call])), false, 'settled for good');
      t.same(await waitingTexts(fixture), ['ya', 'ya']);
    },
  );

  await t.test('a fingerprint without id and time expires after 20 minutes', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = fingerprint('until-acknowledged');
    await fixture.accept(fixture.message(), call, PER_MINUTE);
    fixture.clock.at += 20 * MINUTE - 1;
    t.equal(await one(fixture.inbox.hasFingerprint([call])), true);
    fixture.clock.at += 1;
    t.equal(await one(fixture.inbox.hasFingerprint([call])), false);
  });

  await t.test('a repeat of a refused call is a duplicate once', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = fingerprint('until-acknowledged');
    t.equal(await one(fixture.inbox.refuse([refusal(fixture, { fingerprint: call })])), 'queued');
    t.equal(await one(fixture.inbox.refuse([refusal(fixture, { fingerprint: call })])), 'duplicate');
    await one(fixture.inbox.releaseFingerprint([call.key]));
    t.equal(
      await one(fixture.inbox.refuse([refusal(fixture, { fingerprint: call })])),
      'suppressed',
      'a new call within the interval of the notice',
    );
  });

  await t.test('releasing an unknown fingerprint has no effect', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await t.resolves(one(fixture.inbox.releaseFingerprint(['unknown'])));
  });

  await t.test('the rate limit also applies to concurrent messages', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const calls = range(30).map(() => fingerprint());
    const answers = await Promise.all(calls.map((call) => fixture.accept(fixture.message(), call, PER_MINUTE)));
    t.equal(answers.filter((answer) => answer === 'accepted').length, PER_MINUTE);
    t.equal(answers.filter((answer) => answer === 'rate-limited').length, 20);
    t.equal(
      await one(fixture.inbox.hasFingerprint([calls[29] ?? fingerprint()])),
      false,
      "FONNTE's repeat gets through later",
    );
    const other = fixture.message({ sender: OTHER });
    t.equal(await fixture.accept(other, fingerprint(), PER_MINUTE), 'accepted', 'the limit is per sender');
  });

  await t.test('the rate limit uses a sliding minute, and only accepted messages count', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const accept = () => fixture.accept(fixture.message(), fingerprint(), 2);
    const begin = fixture.clock.at;
    t.equal(await accept(), 'accepted');
    fixture.clock.at = begin + 30 * SECOND;
    t.equal(await accept(), 'accepted');
    t.equal(await accept(), 'rate-limited');
    t.equal(await one(fixture.inbox.countAccepted([{ sender: SENDER, since: begin - 1 }])), 2);
    t.equal(await one(fixture.inbox.countAccepted([{ sender: SENDER, since: begin }])), 1);
    fixture.clock.at = begin + MINUTE - 1;
    t.equal(await accept(), 'rate-limited');
    fixture.clock.at = begin + MINUTE;
    t.equal(await accept(), 'accepted', 'the first has left the minute');
    t.equal(await accept(), 'rate-limited', 'the second has not');
  });

  await t.test('answered messages still count towards the rate limit', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const turn = await fixture.begin('satu', 'dua');
    await one(fixture.turns.complete([{ id: turn.id, outcome: 'answered', session: null }]));
    t.equal(await fixture.accept(fixture.message(), fingerprint(), 2), 'rate-limited');
  });

  await t.test('a clock that is set back does not block a sender', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await fixture.acceptTexts(...range(PER_MINUTE).map(String));
    fixture.clock.at -= HOUR;
    t.equal(await one(fixture.inbox.countAccepted([{ sender: SENDER, since: fixture.clock.at - MINUTE }])), 0);
    t.equal(await fixture.accept(fixture.message(), fingerprint(), PER_MINUTE), 'accepted');
  });

  await t.test(
    'at most MAX_INBOX messages are pending; the fingerprint of a further message is not stored',
    async (t) => {
      const fixture = await openStoreFixture(t, open, 3);
      const calls = range(5).map(() => fingerprint());
      const answers = await Promise.all(calls.map((call) => fixture.accept(fixture.message(), call, PER_MINUTE)));
      t.same(answers, ['accepted', 'accepted', 'accepted', 'full', 'full']);
      t.equal(await one(fixture.inbox.hasFingerprint([calls[3] ?? fingerprint()])), false);
      t.equal(
        await fixture.accept(fixture.message(), calls[0] ?? fingerprint(), PER_MINUTE),
        'duplicate',
        'seen before',
      );
      t.equal(await fixture.accept(fixture.message(), fingerprint(), 3), 'rate-limited', 'the sender is asked to wait');
      await fixture.reopen();
      t.equal(await fixture.accept(fixture.message(), fingerprint(), PER_MINUTE), 'full', 'also after a restart');
      const seqs = (await nextOf(fixture)).waiting.map(({ seq }) => seq);
      const turn = await one(fixture.turns.start([{ sender: SENDER, userId: null, kind: 'answer', seqs }]));
      t.equal(await fixture.accept(fixture.message(), fingerprint(), PER_MINUTE), 'full', 'what is begun is pending');
      await one(fixture.turns.complete([{ id: turn?.id ?? '', outcome: 'answered', session: null }]));
      t.equal(await fixture.accept(fixture.message(), fingerprint(), PER_MINUTE), 'accepted', 'room again');
    },
  );

  await t.test('sequence numbers increase across restarts, also when the clock is set back', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const numbers = range(2_000).map(() => fixture.inbox.nextSequence());
    t.ok(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)));
    t.ok(numbers.every(Number.isSafeInteger));
    const [waiting] = await fixture.acceptTexts('menunggu');
    fixture.clock.at -= DAY;
    t.ok(fixture.inbox.nextSequence() > (waiting?.seq ?? Number.POSITIVE_INFINITY), 'in one life');
    await fixture.reopen();
    const [later] = await fixture.acceptTexts('sesudahnya');
    t.ok((later?.seq ?? 0) > (waiting?.seq ?? Number.POSITIVE_INFINITY), 'where only a message is left');
    t.same(await waitingTexts(fixture), ['menunggu', 'sesudahnya']);
    const refused = refusal(fixture);
    await one(fixture.inbox.refuse([refused]));
    fixture.clock.at -= DAY;
    await fixture.reopen();
    t.ok(fixture.inbox.nextSequence() > refused.seq, 'where a notice is the newest');
  });

  await t.test('messages are pending in the order of their sequence numbers', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const messages = range(6).map((index) => fixture.message({ text: String(index) }));
    const mixed = [3, 0, 5, 1, 4, 2].map((index) => messages[index] ?? fixture.message());
    await Promise.all(mixed.map((message) => fixture.accept(message, fingerprint(), PER_MINUTE)));
    t.same(await waitingTexts(fixture), ['0', '1', '2', '3', '4', '5']);
    t.same((await nextOf(fixture, SENDER, 2)).waiting, messages.slice(0, 2), 'at most as many as asked for');
  });

  await t.test('a notice is stored together with the fingerprint of its message', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = refusal(fixture);
    t.equal(await one(fixture.inbox.refuse([call])), 'queued');
    await fixture.reopen();
    t.equal(await one(fixture.inbox.hasFingerprint([call.fingerprint ?? fingerprint()])), true);
    const { open: turn, waiting } = await nextOf(fixture);
    t.same(waiting, []);
    t.match(turn, { kind: 'notice', notice: 'not-linked', parts: [notice().text], partsSent: 0, attempts: 0 });
    t.match(turn, {
      seq: call.seq,
      sender: SENDER,
      userId: null,
      linkedUsersOnly: false,
      replyAt: call.at,
      messages: [],
    });
    t.same((await fixture.inbox.status()).pending, 0, 'a notice is no pending message');
  });

  await t.test('a refused message without a fingerprint is not a duplicate later', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const call = refusal(fixture, { fingerprint: null, notice: null });
    t.equal(await one(fixture.inbox.refuse([call])), 'none');
    t.equal(await one(fixture.inbox.refuse([call])), 'none');
    t.equal((await nextOf(fixture)).open, null);
  });

  await t.test('a kind of notice is sent once per sender in its interval, also after a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'queued');
    const second = refusal(fixture);
    t.equal(await one(fixture.inbox.refuse([second])), 'suppressed');
    t.equal(
      await one(fixture.inbox.hasFingerprint([second.fingerprint ?? fingerprint()])),
      true,
      'the rest of the refusal is kept',
    );
    t.equal(
      await one(fixture.inbox.refuse([refusal(fixture, { notice: notice({ kind: 'not-approved' }) })])),
      'queued',
      'a kind',
    );
    const other = refusal(fixture, { sender: OTHER, notice: notice({ sender: OTHER }) });
    t.equal(await one(fixture.inbox.refuse([other])), 'queued', 'a sender');
    await fixture.reopen();
    fixture.clock.at += 6 * HOUR - 1;
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'suppressed');
    fixture.clock.at += 1;
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'queued', 'the window is over');
  });

  await t.test(
    'notices to unlinked senders are limited to sixty an hour over all numbers, also after a restart',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      const stranger = (index: number) => keyOf(String(6_281_200_001_000 + index));
      const refuse = (sender: ConversationKey, over = {}) =>
        one(fixture.inbox.refuse([refusal(fixture, { sender, notice: notice({ sender, ...over }) })]));
      const answers = await Promise.all(range(65).map((index) => refuse(stranger(index))));
      t.equal(answers.filter((answer) => answer === 'queued').length, UNLINKED_NOTICE_LIMIT.max);
      t.same(
        answers.slice(UNLINKED_NOTICE_LIMIT.max),
        range(5).map(() => 'limited'),
        'the rest goes unanswered',
      );
      t.equal((await one(fixture.turns.loadNext([{ sender: stranger(64), limit: 1 }]))).open, null);
      await fixture.store.prune();
      await fixture.reopen();
      t.equal(await refuse(stranger(90), { kind: 'not-approved' }), 'limited', 'of either kind');
      const users = { kind: 'rate-limited', userId: 'user-a', linkedUsersOnly: true };
      t.equal(await refuse(stranger(91), users), 'queued', 'users are still notified');
      const perhaps = { kind: 'too-long', userId: null, linkedUsersOnly: true };
      t.equal(await refuse(stranger(92), perhaps), 'queued', 'and so is who may be one');
      fixture.clock.at += HOUR - 1;
      t.equal(await refuse(stranger(64)), 'limited');
      fixture.clock.at += 1;
      t.equal(await refuse(stranger(64)), 'queued', 'a suppressed notice does not count as sent');
      t.equal(await refuse(stranger(0)), 'suppressed', 'a sent notice counts');
    },
  );

  await t.test(
    'deleting senders does not allow more notices, and a clock that is set back blocks no sender',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      const refuse = (sender: ConversationKey) =>
        one(fixture.inbox.refuse([refusal(fixture, { sender, notice: notice({ sender }) })]));
      const senders = range(UNLINKED_NOTICE_LIMIT.max).map((index) => keyOf(String(6_281_200_001_000 + index)));
      for (const sender of senders) await refuse(sender);
      for (const sender of senders) await fixture.store.forget(senderOf(sender));
      t.equal(await refuse(SENDER), 'limited');
      fixture.clock.at -= DAY;
      t.equal(await refuse(SENDER), 'queued');
    },
  );

  await t.test('two concurrent refusals cause one notice', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const answers = await Promise.all(range(5).map(() => one(fixture.inbox.refuse([refusal(fixture)]))));
    t.same(answers, ['queued', 'suppressed', 'suppressed', 'suppressed', 'suppressed']);
  });

  await t.test('each kind of notice has its own interval, independent of messages in between', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const refuse = (kind: NoticeKind, linkedUsersOnly = true) =>
      one(
        fixture.inbox.refuse([
          refusal(fixture, { notice: notice({ kind, minIntervalMs: NOTICE_INTERVAL_MS[kind], linkedUsersOnly }) }),
        ]),
      );
    const kinds = Object.keys(NOTICE_INTERVAL_MS) as NoticeKind[];
    t.ok(kinds.every((kind) => NOTICE_INTERVAL_MS[kind] >= MINUTE));
    const begin = fixture.clock.at;
    for (const kind of kinds) t.equal(await refuse(kind), 'queued', kind);
    for (const kind of kinds) t.equal(await refuse(kind), 'suppressed', kind);
    for (const kind of kinds.sort((a, b) => NOTICE_INTERVAL_MS[a] - NOTICE_INTERVAL_MS[b])) {
      fixture.clock.at = begin + NOTICE_INTERVAL_MS[kind] - 1;
      t.equal(await refuse(kind), 'suppressed', `${kind}, just before its interval is over`);
      fixture.clock.at += 1;
      t.equal(await refuse(kind), 'queued', `${kind}, after it`);
    }
  });

  await t.test('a clock that is set back does not suppress a kind of notice', async (t) => {
    const fixture = await openStoreFixture(t, open);
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'queued');
    fixture.clock.at -= DAY;
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'queued');
    t.equal(await one(fixture.inbox.refuse([refusal(fixture)])), 'suppressed');
  });

  await t.test('a notice without a number is sent before all messages', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await fixture.acceptTexts('menunggu');
    const wait = notice({ kind: 'rate-limited', minIntervalMs: MINUTE });
    await one(
      fixture.inbox.refuse([refusal(fixture, { seq: 0, code: 'RATE_LIMITED', fingerprint: null, notice: wait })]),
    );
    t.equal((await nextOf(fixture)).open?.notice, 'rate-limited');
  });

  await t.test('a notice has the number of its call, and waits for a turn that was started', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const [before] = await fixture.acceptTexts('sebelum');
    await one(
      fixture.inbox.refuse([refusal(fixture, { notice: notice({ kind: 'too-long', linkedUsersOnly: true }) })]),
    );
    const [after] = await fixture.acceptTexts('sesudah');
    const { open: first } = await nextOf(fixture);
    t.ok(first && before && after && before.seq < first.seq && first.seq < after.seq);
    const seqs = [before?.seq ?? 0];
    const turn = await one(fixture.turns.start([{ sender: SENDER, userId: null, kind: 'answer', seqs }]));
    t.equal((await nextOf(fixture)).open?.id, turn?.id, 'a turn that has begun comes before a notice that has not');
    await one(fixture.turns.complete([{ id: turn?.id ?? '', outcome: 'answered', session: null }]));
    const { open: notified } = await nextOf(fixture);
    t.equal(notified?.notice, 'too-long');
    await one(fixture.turns.complete([{ id: notified?.id ?? '', outcome: 'too-long', session: null }]));
    t.same(await waitingTexts(fixture), ['sesudah']);
  });

  await t.test('the last owner of a number is the most recent one', async (t) => {
    const fixture = await openStoreFixture(t, open);
    t.equal(await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])), null);
    const take = async (userId: string | null) => {
      fixture.clock.at += MINUTE;
      const message = fixture.message({ userId });
      await fixture.accept(message, fingerprint(), PER_MINUTE);
      const turn = await one(fixture.turns.start([{ sender: SENDER, userId, kind: 'answer', seqs: [message.seq] }]));
      return turn?.id ?? '';
    };
    await take('user-a');
    t.equal(await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])), 'user-a');
    const second = await take(null);
    t.equal(
      await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])),
      'user-a',
      'a message of an unknown sender has no owner',
    );
    await one(fixture.turns.saveReply([{ id: second, ...storedReply(fixture), userId: 'user-b' }]));
    t.equal(
      await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])),
      'user-b',
      'until its turn identifies its sender',
    );
    fixture.clock.at += MINUTE;
    await one(fixture.turns.complete([{ id: second, outcome: 'answered', session: addition({ userId: 'user-c' }) }]));
    t.equal(await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])), 'user-c');
    t.equal(await one(fixture.inbox.lastUserId([{ sender: OTHER, endedBy: OWNERSHIP_ENDED_BY }])), null);
    await one(fixture.turns.drop([{ id: await take('user-c'), outcome: 'owner-changed', deletesSession: true }]));
    t.equal(
      await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])),
      null,
      'somebody else has it now',
    );
    await take('user-d');
    t.equal(await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])), 'user-d');
    fixture.clock.at += MINUTE;
    await one(fixture.inbox.refuse([refusal(fixture, { code: 'NOT_LINKED', notice: null })]));
    t.equal(await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])), null);
    await fixture.store.forget(senderOf(SENDER));
    t.equal(await one(fixture.inbox.lastUserId([{ sender: SENDER, endedBy: OWNERSHIP_ENDED_BY }])), null);
  });
}
