import type { Test } from 'tap';
import { NOTICE_INTERVAL_MS } from '../../../src/conversation/notices.ts';
import type { NoticeKind } from '../../../src/events.ts';
import { MAX_UNLINKED_NOTICES_PER_HOUR } from '../../../src/store/sqlite/inbox.ts';
import {
  addition,
  DAY,
  fingerprint,
  HOUR,
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
  waitingTexts,
} from './samples.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Accepting and refusing calls: fingerprints, limits, notices, arrival numbers. */
export async function admissionContract(t: Test, open: Open): Promise<void> {
  await t.test('an accepted message is there as it came, also after a restart', async (t) => {
    const shop = await openShop(t, open);
    const attachment = {
      type: 'image',
      url: 'https://files.fonnte.com/a.jpg',
      filename: 'a.jpg',
      extension: 'jpg',
      location: '',
    };
    const text = 'baris satu\nbaris dua 🙂 \u0000 «kutip» \'";--';
    const message = shop.message({ userId: null, inboxid: 7_123_456, text, attachment });
    t.equal(await shop.inbox.accept(message, fingerprint(), PER_MINUTE), 'accepted');
    t.same((await nextOf(shop)).waiting, [message]);
    await shop.reopen();
    const { open: turn, waiting, pending } = await nextOf(shop);
    t.same(waiting, [message]);
    t.equal(turn, null);
    const { receivedAt } = message;
    t.same(pending, { sender: SENDER, firstAt: receivedAt, lastAt: receivedAt, openAt: null, crashes: 0 });
  });

  await t.test('a message that FONNTE repeats is kept once, also after a restart', async (t) => {
    const shop = await openShop(t, open);
    const call = fingerprint();
    t.equal(await shop.inbox.hasFingerprint(call), false);
    t.equal(await shop.inbox.accept(shop.message(), call, PER_MINUTE), 'accepted');
    t.equal(await shop.inbox.hasFingerprint(call), true);
    t.equal(await shop.inbox.accept(shop.message(), call, PER_MINUTE), 'duplicate');
    await shop.reopen();
    t.equal(await shop.inbox.hasFingerprint(call), true);
    t.equal(await shop.inbox.accept(shop.message(), call, PER_MINUTE), 'duplicate');
    t.equal((await nextOf(shop)).waiting.length, 1);
  });

  await t.test('what is repeated is a duplicate, though its sender has written too much meanwhile', async (t) => {
    const shop = await openShop(t, open);
    const call = fingerprint();
    t.equal(await shop.inbox.accept(shop.message(), call, 1), 'accepted');
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), 1), 'rate-limited');
    t.equal(await shop.inbox.accept(shop.message(), call, 1), 'duplicate');
  });

  await t.test('of the same call made fifty times at once, one is accepted', async (t) => {
    const shop = await openShop(t, open);
    const call = fingerprint();
    const answers = await Promise.all(range(50).map(() => shop.inbox.accept(shop.message(), call, 1_000)));
    t.equal(answers.filter((answer) => answer === 'accepted').length, 1);
    t.equal(answers.filter((answer) => answer === 'duplicate').length, 49);
    t.equal((await nextOf(shop)).waiting.length, 1);
  });

  await t.test('a fingerprint that lasts a day is forgotten after it', async (t) => {
    const shop = await openShop(t, open);
    const call = fingerprint('day');
    await shop.inbox.accept(shop.message(), call, PER_MINUTE);
    shop.clock.at += DAY - 1;
    t.equal(await shop.inbox.accept(shop.message(), call, PER_MINUTE), 'duplicate');
    shop.clock.at += 1;
    t.equal(await shop.inbox.accept(shop.message(), call, PER_MINUTE), 'accepted');
  });

  await t.test(
    'a call without id and time is a duplicate until a 200 for it is out, and a new message after',
    async (t) => {
      const shop = await openShop(t, open);
      const call = fingerprint('until-acknowledged');
      t.equal(await shop.inbox.accept(shop.message({ text: 'ya' }), call, PER_MINUTE), 'accepted');
      t.equal(await shop.inbox.accept(shop.message({ text: 'ya' }), call, PER_MINUTE), 'duplicate', 'no 200 was seen');
      await shop.inbox.releaseFingerprint(call.key);
      t.equal(await shop.inbox.accept(shop.message({ text: 'ya' }), call, PER_MINUTE), 'accepted', 'a second «ya»');
      await shop.inbox.releaseFingerprint(call.key);
      await shop.reopen();
      t.equal(await shop.inbox.hasFingerprint(call), false, 'settled for good');
      t.same(await waitingTexts(shop), ['ya', 'ya']);
    },
  );

  await t.test('a call without id and time is remembered for 20 minutes', async (t) => {
    const shop = await openShop(t, open);
    const call = fingerprint('until-acknowledged');
    await shop.inbox.accept(shop.message(), call, PER_MINUTE);
    shop.clock.at += 20 * MINUTE - 1;
    t.equal(await shop.inbox.hasFingerprint(call), true);
    shop.clock.at += 1;
    t.equal(await shop.inbox.hasFingerprint(call), false);
  });

  await t.test('a repeat of a refused call is a duplicate once', async (t) => {
    const shop = await openShop(t, open);
    const call = fingerprint('until-acknowledged');
    t.equal(await shop.inbox.refuse(refusal(shop, { fingerprint: call })), 'queued');
    t.equal(await shop.inbox.refuse(refusal(shop, { fingerprint: call })), 'duplicate');
    await shop.inbox.releaseFingerprint(call.key);
    t.equal(await shop.inbox.refuse(refusal(shop, { fingerprint: call })), 'suppressed', 'a new call, told lately');
  });

  await t.test('settling a call that is not known does no harm', async (t) => {
    const shop = await openShop(t, open);
    await t.resolves(shop.inbox.releaseFingerprint('unknown'));
  });

  await t.test('of thirty messages at once, as many are accepted as the minute allows', async (t) => {
    const shop = await openShop(t, open);
    const calls = range(30).map(() => fingerprint());
    const answers = await Promise.all(calls.map((call) => shop.inbox.accept(shop.message(), call, PER_MINUTE)));
    t.equal(answers.filter((answer) => answer === 'accepted').length, PER_MINUTE);
    t.equal(answers.filter((answer) => answer === 'rate-limited').length, 20);
    t.equal(await shop.inbox.hasFingerprint(calls[29] ?? fingerprint()), false, "FONNTE's repeat gets through later");
    const other = shop.message({ sender: OTHER });
    t.equal(await shop.inbox.accept(other, fingerprint(), PER_MINUTE), 'accepted', 'the limit is per sender');
  });

  await t.test('the minute slides, and only accepted messages count', async (t) => {
    const shop = await openShop(t, open);
    const accept = () => shop.inbox.accept(shop.message(), fingerprint(), 2);
    const begin = shop.clock.at;
    t.equal(await accept(), 'accepted');
    shop.clock.at = begin + 30 * SECOND;
    t.equal(await accept(), 'accepted');
    t.equal(await accept(), 'rate-limited');
    t.equal(await shop.inbox.acceptedSince(SENDER, begin - 1), 2);
    t.equal(await shop.inbox.acceptedSince(SENDER, begin), 1);
    shop.clock.at = begin + MINUTE - 1;
    t.equal(await accept(), 'rate-limited');
    shop.clock.at = begin + MINUTE;
    t.equal(await accept(), 'accepted', 'the first has left the minute');
    t.equal(await accept(), 'rate-limited', 'the second has not');
  });

  await t.test('answered messages still count in their minute', async (t) => {
    const shop = await openShop(t, open);
    const turn = await shop.begin('satu', 'dua');
    await shop.inbox.completeTurn(turn.id, { outcome: 'answered', session: null });
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), 2), 'rate-limited');
  });

  await t.test('a clock that was set back does not shut a sender out', async (t) => {
    const shop = await openShop(t, open);
    await shop.takeIn(...range(PER_MINUTE).map(String));
    shop.clock.at -= HOUR;
    t.equal(await shop.inbox.acceptedSince(SENDER, shop.clock.at - MINUTE), 0);
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), 'accepted');
  });

  await t.test('at most MAX_INBOX messages are pending, counted exactly; one more is not marked as seen', async (t) => {
    const shop = await openShop(t, open, 3);
    const calls = range(5).map(() => fingerprint());
    const answers = await Promise.all(calls.map((call) => shop.inbox.accept(shop.message(), call, PER_MINUTE)));
    t.same(answers, ['accepted', 'accepted', 'accepted', 'full', 'full']);
    t.equal(await shop.inbox.hasFingerprint(calls[3] ?? fingerprint()), false);
    t.equal(await shop.inbox.accept(shop.message(), calls[0] ?? fingerprint(), PER_MINUTE), 'duplicate', 'seen before');
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), 3), 'rate-limited', 'the sender is told to wait');
    await shop.reopen();
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), 'full', 'also after a restart');
    const seqs = (await nextOf(shop)).waiting.map(({ seq }) => seq);
    const turn = await shop.inbox.startTurn({ sender: SENDER, userId: null, kind: 'answer', seqs });
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), 'full', 'what is begun is pending');
    await shop.inbox.completeTurn(turn?.id ?? '', { outcome: 'answered', session: null });
    t.equal(await shop.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), 'accepted', 'room again');
  });

  await t.test('later calls have larger numbers, across restarts, also when the clock goes back', async (t) => {
    const shop = await openShop(t, open);
    const numbers = range(2_000).map(() => shop.inbox.nextSequence());
    t.ok(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)));
    t.ok(numbers.every(Number.isSafeInteger));
    const [waiting] = await shop.takeIn('menunggu');
    shop.clock.at -= DAY;
    t.ok(shop.inbox.nextSequence() > (waiting?.seq ?? Number.POSITIVE_INFINITY), 'in one life');
    await shop.reopen();
    const [later] = await shop.takeIn('sesudahnya');
    t.ok((later?.seq ?? 0) > (waiting?.seq ?? Number.POSITIVE_INFINITY), 'where only a message is left');
    t.same(await waitingTexts(shop), ['menunggu', 'sesudahnya']);
    const told = refusal(shop);
    await shop.inbox.refuse(told);
    shop.clock.at -= DAY;
    await shop.reopen();
    t.ok(shop.inbox.nextSequence() > told.seq, 'where a notice is the newest');
  });

  await t.test('messages wait in the order of their numbers, however they were stored', async (t) => {
    const shop = await openShop(t, open);
    const messages = range(6).map((index) => shop.message({ text: String(index) }));
    const mixed = [3, 0, 5, 1, 4, 2].map((index) => messages[index] ?? shop.message());
    await Promise.all(mixed.map((message) => shop.inbox.accept(message, fingerprint(), PER_MINUTE)));
    t.same(await waitingTexts(shop), ['0', '1', '2', '3', '4', '5']);
    t.same((await nextOf(shop, SENDER, 2)).waiting, messages.slice(0, 2), 'at most as many as asked for');
  });

  await t.test('a notice is stored with the fingerprint of the call that it answers', async (t) => {
    const shop = await openShop(t, open);
    const call = refusal(shop);
    t.equal(await shop.inbox.refuse(call), 'queued');
    await shop.reopen();
    t.equal(await shop.inbox.hasFingerprint(call.fingerprint ?? fingerprint()), true);
    const { open: turn, waiting } = await nextOf(shop);
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
    t.same((await shop.inbox.status()).pending, 0, 'a notice is no pending message');
  });

  await t.test('a refused call that is not to be remembered is not', async (t) => {
    const shop = await openShop(t, open);
    const call = refusal(shop, { fingerprint: null, notice: null });
    t.equal(await shop.inbox.refuse(call), 'none');
    t.equal(await shop.inbox.refuse(call), 'none');
    t.equal((await nextOf(shop)).open, null);
  });

  await t.test('a notice of a kind goes out once in its window, per sender, also after a restart', async (t) => {
    const shop = await openShop(t, open);
    t.equal(await shop.inbox.refuse(refusal(shop)), 'queued');
    const second = refusal(shop);
    t.equal(await shop.inbox.refuse(second), 'suppressed');
    t.equal(
      await shop.inbox.hasFingerprint(second.fingerprint ?? fingerprint()),
      true,
      'the rest of the refusal is kept',
    );
    t.equal(await shop.inbox.refuse(refusal(shop, { notice: notice({ kind: 'not-approved' }) })), 'queued', 'a kind');
    const other = refusal(shop, { sender: OTHER, notice: notice({ sender: OTHER }) });
    t.equal(await shop.inbox.refuse(other), 'queued', 'a sender');
    await shop.reopen();
    shop.clock.at += 6 * HOUR - 1;
    t.equal(await shop.inbox.refuse(refusal(shop)), 'suppressed');
    shop.clock.at += 1;
    t.equal(await shop.inbox.refuse(refusal(shop)), 'queued', 'the window is over');
  });

  await t.test(
    'people who are no users hear of it sixty times an hour over all numbers, also after a restart',
    async (t) => {
      const shop = await openShop(t, open);
      const stranger = (index: number) => String(6_281_200_001_000 + index);
      const refuse = (sender: string, over = {}) =>
        shop.inbox.refuse(refusal(shop, { sender, notice: notice({ sender, ...over }) }));
      const answers = await Promise.all(range(65).map((index) => refuse(stranger(index))));
      t.equal(answers.filter((answer) => answer === 'queued').length, MAX_UNLINKED_NOTICES_PER_HOUR);
      t.same(
        answers.slice(MAX_UNLINKED_NOTICES_PER_HOUR),
        range(5).map(() => 'suppressed'),
        'the rest goes unanswered',
      );
      t.equal((await shop.inbox.loadNext(stranger(64), 1)).open, null);
      await shop.store.prune(0);
      await shop.reopen();
      t.equal(await refuse(stranger(90), { kind: 'not-approved' }), 'suppressed', 'of either kind');
      const users = { kind: 'rate-limited', userId: 'user-a', linkedUsersOnly: true };
      t.equal(await refuse(stranger(91), users), 'queued', 'users are told all the same');
      const perhaps = { kind: 'too-long', userId: null, linkedUsersOnly: true };
      t.equal(await refuse(stranger(92), perhaps), 'queued', 'and so is who may be one');
      shop.clock.at += HOUR - 1;
      t.equal(await refuse(stranger(64)), 'suppressed');
      shop.clock.at += 1;
      t.equal(await refuse(stranger(64)), 'queued', 'who was passed over was not marked as told');
      t.equal(await refuse(stranger(0)), 'suppressed', 'who was told, was');
    },
  );

  await t.test('forgetting people makes no room for more notices, and a clock set back shuts nobody out', async (t) => {
    const shop = await openShop(t, open);
    const refuse = (sender: string) => shop.inbox.refuse(refusal(shop, { sender, notice: notice({ sender }) }));
    const senders = range(MAX_UNLINKED_NOTICES_PER_HOUR).map((index) => String(6_281_200_001_000 + index));
    for (const sender of senders) await refuse(sender);
    for (const sender of senders) await shop.store.forget(sender);
    t.equal(await refuse(SENDER), 'suppressed');
    shop.clock.at -= DAY;
    t.equal(await refuse(SENDER), 'queued');
  });

  await t.test('of two refusals at once, one is told', async (t) => {
    const shop = await openShop(t, open);
    const answers = await Promise.all(range(5).map(() => shop.inbox.refuse(refusal(shop))));
    t.same(answers, ['queued', 'suppressed', 'suppressed', 'suppressed', 'suppressed']);
  });

  await t.test('each kind of notice has its own interval, whatever the sender writes in between', async (t) => {
    const shop = await openShop(t, open);
    const refuse = (kind: NoticeKind, linkedUsersOnly = true) =>
      shop.inbox.refuse(
        refusal(shop, { notice: notice({ kind, minIntervalMs: NOTICE_INTERVAL_MS[kind], linkedUsersOnly }) }),
      );
    const kinds = Object.keys(NOTICE_INTERVAL_MS) as NoticeKind[];
    t.ok(kinds.every((kind) => NOTICE_INTERVAL_MS[kind] >= MINUTE));
    const begin = shop.clock.at;
    for (const kind of kinds) t.equal(await refuse(kind), 'queued', kind);
    for (const kind of kinds) t.equal(await refuse(kind), 'suppressed', kind);
    for (const kind of kinds.sort((a, b) => NOTICE_INTERVAL_MS[a] - NOTICE_INTERVAL_MS[b])) {
      shop.clock.at = begin + NOTICE_INTERVAL_MS[kind] - 1;
      t.equal(await refuse(kind), 'suppressed', `${kind}, just before its interval is over`);
      shop.clock.at += 1;
      t.equal(await refuse(kind), 'queued', `${kind}, after it`);
    }
  });

  await t.test('a clock that was set back does not silence a kind of notice until it has caught up', async (t) => {
    const shop = await openShop(t, open);
    t.equal(await shop.inbox.refuse(refusal(shop)), 'queued');
    shop.clock.at -= DAY;
    t.equal(await shop.inbox.refuse(refusal(shop)), 'queued');
    t.equal(await shop.inbox.refuse(refusal(shop)), 'suppressed');
  });

  await t.test('a sender hears that it takes a moment before what takes it', async (t) => {
    const shop = await openShop(t, open);
    await shop.takeIn('menunggu');
    const wait = notice({ kind: 'rate-limited', minIntervalMs: MINUTE });
    await shop.inbox.refuse(refusal(shop, { code: 'RATE_LIMITED', fingerprint: null, notice: wait }));
    t.equal((await nextOf(shop)).open?.notice, 'rate-limited');
  });

  await t.test('any other notice keeps its place among the messages', async (t) => {
    const shop = await openShop(t, open);
    await shop.takeIn('sebelum');
    await shop.inbox.refuse(refusal(shop, { notice: notice({ kind: 'too-long', linkedUsersOnly: true }) }));
    await shop.takeIn('sesudah');
    const first = await nextOf(shop);
    t.equal(first.open, null);
    t.same(
      first.waiting.map(({ text }) => text),
      ['sebelum'],
    );
    const seqs = first.waiting.map(({ seq }) => seq);
    const turn = await shop.inbox.startTurn({ sender: SENDER, userId: null, kind: 'answer', seqs });
    t.equal((await nextOf(shop)).open?.id, turn?.id, 'a turn that has begun comes before a notice that has not');
    await shop.inbox.completeTurn(turn?.id ?? '', { outcome: 'answered', session: null });
    const told = (await nextOf(shop)).open;
    t.equal(told?.notice, 'too-long');
    await shop.inbox.completeTurn(told?.id ?? '', { outcome: 'too-long', session: null });
    t.same(await waitingTexts(shop), ['sesudah']);
  });

  await t.test('the last owner of a number is the newest that is known of it', async (t) => {
    const shop = await openShop(t, open);
    t.equal(await shop.inbox.lastOwner(SENDER), null);
    const take = async (userId: string | null) => {
      shop.clock.at += MINUTE;
      const message = shop.message({ userId });
      await shop.inbox.accept(message, fingerprint(), PER_MINUTE);
      const turn = await shop.inbox.startTurn({ sender: SENDER, userId, kind: 'answer', seqs: [message.seq] });
      return turn?.id ?? '';
    };
    await take('user-a');
    t.equal(await shop.inbox.lastOwner(SENDER), 'user-a');
    const second = await take(null);
    t.equal(await shop.inbox.lastOwner(SENDER), 'user-a', 'a message of nobody known says nothing');
    await shop.inbox.saveReply(second, 'user-b', storedReply(shop));
    t.equal(await shop.inbox.lastOwner(SENDER), 'user-b', 'until its turn identifies its sender');
    shop.clock.at += MINUTE;
    await shop.inbox.completeTurn(second, { outcome: 'answered', session: addition({ userId: 'user-c' }) });
    t.equal(await shop.inbox.lastOwner(SENDER), 'user-c');
    t.equal(await shop.inbox.lastOwner(OTHER), null);
    await shop.inbox.dropTurn(await take('user-c'), 'owner-changed', true);
    t.equal(await shop.inbox.lastOwner(SENDER), null, 'somebody else has it now');
    await take('user-d');
    t.equal(await shop.inbox.lastOwner(SENDER), 'user-d');
    shop.clock.at += MINUTE;
    await shop.inbox.refuse(refusal(shop, { code: 'NOT_LINKED', notice: null }));
    t.equal(await shop.inbox.lastOwner(SENDER), null);
    await shop.store.forget(SENDER);
    t.equal(await shop.inbox.lastOwner(SENDER), null);
  });
}
