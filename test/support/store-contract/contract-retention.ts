import type { Test } from 'tap';
import { senderOf, toConversationKey } from '../../../src/conversation-key.ts';
import { one } from '../../../src/store/types.ts';
import { keyOf } from '../conversation.ts';

import {
  addition,
  DAY,
  deadTurn,
  fingerprint,
  IDLE_MS,
  MINUTE,
  newMessage,
  nextOf,
  notice,
  type Open,
  OTHER,
  openStoreFixture,
  PER_MINUTE,
  refusal,
  SENDER,
  type StoreFixture,
  storedReply,
  USER,
  waitingTexts,
} from './samples.ts';

const TODAY = '2026-11-23';
const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

/** Records that expire, pruning, deletion and closing. */
export async function retentionContract(t: Test, open: Open): Promise<void> {
  await t.test('tokens are counted per user and day, also in concurrent updates', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { tokenUsage: allowance } = fixture.store;
    t.equal(await one(allowance.used([{ userId: USER, day: TODAY }])), 0);
    await Promise.all(
      Array.from({ length: 20 }, () => one(allowance.add([{ userId: USER, day: TODAY, tokens: 100 }]))),
    );
    await one(allowance.add([{ userId: USER, day: '2026-11-24', tokens: 7 }]));
    await one(allowance.add([{ userId: 'user-b', day: TODAY, tokens: 5 }]));
    await fixture.reopen();
    t.equal(await one(fixture.store.tokenUsage.used([{ userId: USER, day: TODAY }])), 2_000);
    t.equal(await one(fixture.store.tokenUsage.used([{ userId: USER, day: '2026-11-24' }])), 7);
    t.equal(await one(fixture.store.tokenUsage.used([{ userId: 'user-b', day: TODAY }])), 5);
  });

  await t.test("pruning keeps today's tokens in every time zone and deletes older ones", async (t) => {
    const fixture = await openStoreFixture(t, open);
    await one(fixture.store.tokenUsage.add([{ userId: USER, day: TODAY, tokens: 9 }]));
    fixture.clock.at = Date.parse(`${TODAY}T23:59:59.999-12:00`);
    await fixture.store.prune();
    t.equal(await one(fixture.store.tokenUsage.used([{ userId: USER, day: TODAY }])), 9);
    fixture.clock.at += 4 * DAY;
    await fixture.store.prune();
    t.equal(await one(fixture.store.tokenUsage.used([{ userId: USER, day: TODAY }])), 0);
  });

  await t.test('sent alerts are stored for a month, also over a restart', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { sentAlerts } = fixture.store;
    const at = fixture.clock.at;
    t.same(await sentAlerts.all(), []);
    await sentAlerts.save({ kind: 'quota-low', at, open: true });
    await sentAlerts.save({ kind: 'gemini-down', at, open: true });
    await sentAlerts.save({ kind: 'gemini-down', at: at + 1, open: true });
    await sentAlerts.save({ kind: 'quota-low', at, open: false });
    await fixture.reopen();
    const expected = [
      { kind: 'gemini-down', at: at + 1, open: true },
      { kind: 'quota-low', at, open: false },
    ];
    t.same(await fixture.store.sentAlerts.all(), expected);
    fixture.clock.at += 29 * DAY;
    await fixture.store.prune();
    t.same(await fixture.store.sentAlerts.all(), expected);
    fixture.clock.at += DAY + 1;
    await fixture.store.prune();
    t.same(await fixture.store.sentAlerts.all(), []);
  });

  await t.test('the first request claims an idempotency key, and its response is repeated for a day', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const claims = Array.from({ length: 5 }, () => fixture.store.idempotencyKeys.claim('key-1', 'halo ke 1'));
    t.same(await Promise.all(claims), ['new', 'unfinished', 'unfinished', 'unfinished', 'unfinished']);
    t.equal(await fixture.store.idempotencyKeys.claim('key-1', 'lain'), 'other-request');
    await fixture.reopen();
    t.equal(
      await fixture.store.idempotencyKeys.claim('key-1', 'halo ke 1'),
      'unfinished',
      'also if the process died in between',
    );
    const answer = { status: 200, body: { success: true, ids: ['1'] } };
    await fixture.store.idempotencyKeys.complete('key-1', answer);
    await fixture.reopen();
    t.same(await fixture.store.idempotencyKeys.claim('key-1', 'halo ke 1'), answer);
    t.equal(await fixture.store.idempotencyKeys.claim('key-1', 'lain'), 'other-request');
    t.equal(await fixture.store.idempotencyKeys.claim('key-2', 'halo ke 1'), 'new');
    fixture.clock.at += DAY - 1;
    await fixture.store.prune();
    t.same(await fixture.store.idempotencyKeys.claim('key-1', 'halo ke 1'), answer);
    fixture.clock.at += 1;
    t.equal(await fixture.store.idempotencyKeys.claim('key-1', 'lain'), 'new', 'a day later');
  });

  await t.test('answered messages are stored for a day after the answer, dead letters for 30 days', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const answered = await fixture.begin('dijawab');
    const dead = await fixture.begin('mati');
    const dropped = await fixture.begin('dilepas');
    const waiting = await fixture.begin('dicoba lagi');
    await fixture.acceptTexts('menunggu');
    fixture.clock.at += DAY;
    await one(fixture.turns.saveReply([{ id: answered.id, ...storedReply(fixture) }]));
    await one(fixture.turns.complete([{ id: answered.id, outcome: 'answered', session: null }]));
    await one(fixture.turns.drop([{ id: dropped.id, outcome: 'not-linked', deletesSession: false }]));
    await one(
      fixture.turns.moveToDeadLetters([{ id: dead.id, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]),
    );
    const endedAt = fixture.clock.at;
    await fixture.store.prune();
    fixture.clock.at = endedAt + DAY;
    t.equal(await fixture.store.prune(), 0, 'nothing yet');
    fixture.clock.at += 1;
    t.equal(await fixture.store.prune(), 4, 'two turns with their message each');
    fixture.clock.at = endedAt + 30 * DAY;
    t.equal(await fixture.store.prune(), 0);
    t.match(await fixture.deadLetters.list({ limit: 9, cursor: 0 }), [{ id: dead.id, messages: ['mati'] }]);
    fixture.clock.at += 1;
    t.equal(await fixture.store.prune(), 2);
    t.same(await fixture.deadLetters.list({ limit: 9, cursor: 0 }), []);
    fixture.clock.at += 300 * DAY;
    await fixture.store.prune();
    await fixture.reopen();
    t.same((await nextOf(fixture)).open, { ...waiting, crashes: 1 }, 'what is not answered is never pruned');
    t.same(await waitingTexts(fixture), ['menunggu']);
    t.equal((await fixture.inbox.status()).pending, 2);
  });

  await t.test('an idempotency key remains valid when the clock is set back by an hour', async (t) => {
    const fixture = await openStoreFixture(t, open);
    await fixture.store.idempotencyKeys.claim('key-1', 'halo');
    fixture.clock.aheadMs = -DAY / 24;
    await fixture.store.prune();
    t.equal(await fixture.store.idempotencyKeys.claim('key-1', 'halo'), 'unfinished', 'a repeat is not sent again');
  });

  await t.test(
    'records of a clock that was 100 days ahead are deleted after the correction, except dead letters',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      fixture.clock.aheadMs = 100 * DAY;
      const { id } = await fixture.begin('rahasia');
      await one(fixture.turns.complete([{ id, outcome: 'answered', session: addition() }]));
      const dead = await fixture.begin('mati');
      await one(
        fixture.turns.moveToDeadLetters([{ id: dead.id, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]),
      );
      await one(
        fixture.inbox.refuse([refusal(fixture, { sender: OTHER, at: fixture.clock.at + fixture.clock.aheadMs })]),
      );
      await fixture.store.idempotencyKeys.claim('key-1', 'halo');
      fixture.clock.aheadMs = 0;
      t.ok((await fixture.store.prune()) > 0);
      t.same(
        (await fixture.store.conversations.of(SENDER, { limit: 9, activeSince: 0 })).recent.filter(
          ({ outcome }) => outcome === 'answered',
        ),
        [],
      );
      t.equal(await one(fixture.store.sessions.get([SENDER])), null);
      t.equal(await fixture.store.idempotencyKeys.claim('key-1', 'lain'), 'new');
      t.equal(
        await one(fixture.inbox.refuse([refusal(fixture, { sender: OTHER })])),
        'queued',
        'the notice may be sent again',
      );
      t.same(
        (await fixture.deadLetters.list({ limit: 9, cursor: 0 })).map((letter) => letter.id),
        [dead.id],
      );
    },
  );

  await t.test('a wall clock that is set ahead deletes no dead letters', async (t) => {
    const beginDead = async () => {
      const fixture = await openStoreFixture(t, open);
      const { id } = await fixture.begin('mati');
      await one(fixture.turns.moveToDeadLetters([{ id, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]));
      await fixture.store.prune();
      return fixture;
    };
    const count = async (fixture: StoreFixture) => (await fixture.inbox.status()).deadLetters;
    const pass = async (fixture: StoreFixture, ms: number) => {
      for (let left = ms; left > 0; left -= DAY / 4) {
        fixture.clock.at += Math.min(left, DAY / 4);
        await fixture.store.prune();
      }
    };

    await t.test('during the run, until the correction', async (t) => {
      const fixture = await beginDead();
      fixture.clock.aheadMs = 31 * DAY;
      await pass(fixture, 2 * DAY);
      t.equal(await count(fixture), 1);
      fixture.clock.aheadMs = 0;
      await pass(fixture, 28 * DAY);
      t.equal(await count(fixture), 1, 'for its 30 days');
      await pass(fixture, DAY);
      t.equal(await count(fixture), 0, 'and no longer');
    });

    await t.test('before a restart, after any number of restarts', async (t) => {
      const fixture = await beginDead();
      fixture.clock.aheadMs = 31 * DAY;
      for (let restarts = 0; restarts < 5; restarts += 1) {
        await fixture.reopen();
        await fixture.store.prune();
        await pass(fixture, DAY / 2);
      }
      t.equal(await count(fixture), 1);
    });

    await t.test('but is trusted after the service has run with it for three days', async (t) => {
      const fixture = await beginDead();
      fixture.clock.aheadMs = 31 * DAY;
      await fixture.store.prune();
      await pass(fixture, 1.5 * DAY);
      await fixture.reopen();
      await fixture.store.prune();
      await pass(fixture, 1.25 * DAY);
      t.equal(await count(fixture), 1);
      await pass(fixture, DAY / 4);
      t.equal(await count(fixture), 0);
    });

    await t.test('but texts of answered messages are deleted at once', async (t) => {
      const fixture = await beginDead();
      const { id } = await fixture.begin('dijawab');
      await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
      fixture.clock.aheadMs = 31 * DAY;
      await fixture.store.prune();
      const { recent } = await fixture.store.conversations.of(SENDER, { limit: 9, activeSince: 0 });
      t.same(recent.map(({ outcome }) => outcome).sort(), ['accepted', 'dead-lettered'], 'nothing of the answered one');
    });
  });

  await t.test('a session is stored while it is not idle', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('halo');
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: addition() }]));
    fixture.clock.at += IDLE_MS;
    await fixture.store.prune();
    t.ok(await one(fixture.store.sessions.get([SENDER])));
    fixture.clock.at += 1;
    t.equal(await fixture.store.prune(), 1);
    t.equal(await one(fixture.store.sessions.get([SENDER])), null);
  });

  await t.test('pruning keeps a session that is written at the same time', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('halo');
    const pruning = fixture.store.prune();
    fixture.clock.at += 5;
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: addition() }]));
    await pruning;
    t.ok(await one(fixture.store.sessions.get([SENDER])));
  });

  await t.test('pruning deletes fingerprints and notices only after they expire', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const day = fingerprint('day');
    const once = fingerprint('until-acknowledged');
    await fixture.accept(fixture.message(), day, PER_MINUTE);
    await fixture.accept(fixture.message(), once, PER_MINUTE);
    await one(fixture.inbox.refuse([refusal(fixture, { fingerprint: null })]));
    fixture.clock.at += 20 * MINUTE - 1;
    t.equal(await fixture.store.prune(), 0);
    t.equal(await one(fixture.inbox.hasFingerprint([once])), true);
    t.equal(await one(fixture.inbox.refuse([refusal(fixture, { fingerprint: null })])), 'suppressed');
    fixture.clock.at += 1;
    t.equal(await fixture.store.prune(), 1, 'the call without id and time');
    t.equal(await one(fixture.inbox.hasFingerprint([day])), true);
  });

  await t.test('a large backlog is pruned completely without blocking other writes', async (t) => {
    const fixture = await openStoreFixture(t, open, 10_000);
    for (let batch = 0; batch < 60; batch += 1) {
      const turns = await Promise.all(Array.from({ length: 20 }, () => fixture.begin('halo')));
      await Promise.all(
        turns.map(({ id }) => one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]))),
      );
    }
    fixture.clock.at += DAY + 1;
    let pruned = false;
    const pruning = fixture.store.prune().finally(() => {
      pruned = true;
    });
    let acceptedCount = 0;
    let acceptedDuring = 0;
    for (; !pruned; acceptedCount += 1) {
      await fixture.acceptTexts('di tengah');
      if (!pruned) acceptedDuring += 1;
    }
    // How many depends on the speed of the machine.
    t.ok(acceptedDuring > 0, `${acceptedDuring} messages are accepted during the pruning`);
    t.equal(await pruning, 1_200 * 3, 'turn, message and fingerprint of each');
    t.equal(await fixture.store.prune(), 0);
    t.equal((await fixture.inbox.status()).pending, acceptedCount);
  });

  await t.test('all data of one sender can be deleted without data of other senders', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const dead = await fixture.begin('mati');
    await one(
      fixture.turns.moveToDeadLetters([{ id: dead.id, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]),
    );
    const answered = await fixture.begin('dijawab');
    await one(fixture.turns.complete([{ id: answered.id, outcome: 'answered', session: addition() }]));
    await fixture.begin('sedang dijawab');
    await fixture.acceptTexts('menunggu');
    await one(fixture.inbox.refuse([refusal(fixture)]));
    await one(fixture.inbox.refuse([refusal(fixture, { sender: OTHER, notice: notice({ sender: OTHER }) })]));
    await fixture.accept(fixture.message({ sender: OTHER, text: 'lain' }), fingerprint(), PER_MINUTE);
    await fixture.store.forget(senderOf(SENDER));
    await fixture.reopen();
    const { open: turn, waiting, pending } = await nextOf(fixture);
    t.same({ turn, waiting }, { turn: null, waiting: [] });
    t.same(pending, { sender: SENDER, openAt: null, crashes: 0 });
    t.equal(await one(fixture.store.sessions.get([SENDER])), null);
    t.same(await fixture.deadLetters.list({ limit: 9, cursor: 0 }), []);
    t.equal(await one(fixture.inbox.countAccepted([{ sender: SENDER, since: 0 }])), 0);
    t.equal(
      await one(fixture.inbox.refuse([refusal(fixture)])),
      'queued',
      'the next holder of the number is notified again',
    );
    const others = refusal(fixture, { sender: OTHER, notice: notice({ sender: OTHER }) });
    t.equal(await one(fixture.inbox.refuse([others])), 'suppressed');
    t.same(await waitingTexts(fixture, OTHER), ['lain']);
    t.equal((await fixture.inbox.status()).pending, 1);
  });

  await t.test('forgetting a number deletes its conversations with every device, and no similar number', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const withDevice = toConversationKey(senderOf(SENDER), '6281100000001');
    const longer = keyOf(`${SENDER}1`);
    const longerWithDevice = toConversationKey(senderOf(longer), '6281100000001');
    for (const sender of [SENDER, withDevice, longerWithDevice, longer]) {
      await fixture.accept(fixture.message({ sender, text: sender }), fingerprint(), PER_MINUTE);
      await one(fixture.inbox.refuse([refusal(fixture, { sender, notice: notice({ sender }) })]));
    }
    await fixture.store.forget(senderOf(SENDER));
    const pending = (await fixture.turns.pending()).map(({ sender }) => sender);
    t.same(pending.toSorted(), [longer, longerWithDevice]);
    for (const [sender, result] of [
      [withDevice, 'queued'],
      [longer, 'suppressed'],
    ] as const) {
      const again = refusal(fixture, { sender, notice: notice({ sender }) });
      t.equal(await one(fixture.inbox.refuse([again])), result, sender);
    }
  });

  await t.test('writes before closing are stored; later writes are rejected', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const accepted = fixture.accept(fixture.message({ text: 'terakhir' }), fingerprint(), PER_MINUTE);
    const { store } = fixture;
    await Promise.all([store.close(), store.close()]);
    t.equal(await accepted, 'accepted');
    t.equal(store.status(), 'closed');
    await t.rejects(one(store.inbox.accept([newMessage(fixture.message(), fingerprint())])), UNAVAILABLE);
    await t.rejects(store.inbox.status(), UNAVAILABLE);
    await t.rejects(one(store.inbox.hasFingerprint([{ key: 'x' }])), UNAVAILABLE);
    await t.rejects(store.prune(), UNAVAILABLE);
    await fixture.reopen();
    t.same(await waitingTexts(fixture), ['terakhir']);
    t.equal(fixture.store.status(), 'ok');
  });
}
