import type { Test } from 'tap';

import {
  addition,
  DAY,
  fingerprint,
  IDLE_MS,
  MINUTE,
  nextOf,
  notice,
  type Open,
  OTHER,
  openShop,
  PER_MINUTE,
  refusal,
  SENDER,
  type Shop,
  storedReply,
  USER,
  waitingTexts,
} from './samples.ts';

const TODAY = '2026-11-23';
const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

/** Small records with an end, pruning, forgetting, closing. */
export async function keptContract(t: Test, open: Open): Promise<void> {
  await t.test('tokens are counted per user and day, also when many are told at once', async (t) => {
    const shop = await openShop(t, open);
    const { tokenUsage: allowance } = shop.store;
    t.equal(await allowance.used(USER, TODAY), 0);
    await Promise.all(Array.from({ length: 20 }, () => allowance.add(USER, TODAY, 100)));
    await allowance.add(USER, '2026-11-24', 7);
    await allowance.add('user-b', TODAY, 5);
    await shop.reopen();
    t.equal(await shop.store.tokenUsage.used(USER, TODAY), 2_000);
    t.equal(await shop.store.tokenUsage.used(USER, '2026-11-24'), 7);
    t.equal(await shop.store.tokenUsage.used('user-b', TODAY), 5);
  });

  await t.test("today's tokens outlive the pruning in every time zone, older ones don't", async (t) => {
    const shop = await openShop(t, open);
    await shop.store.tokenUsage.add(USER, TODAY, 9);
    shop.clock.at = Date.parse(`${TODAY}T23:59:59.999-12:00`);
    await shop.store.prune(IDLE_MS);
    t.equal(await shop.store.tokenUsage.used(USER, TODAY), 9);
    shop.clock.at += 4 * DAY;
    await shop.store.prune(IDLE_MS);
    t.equal(await shop.store.tokenUsage.used(USER, TODAY), 0);
  });

  await t.test('what operators were told is known after a restart, for a month', async (t) => {
    const shop = await openShop(t, open);
    const { sentAlerts: toldAlerts } = shop.store;
    const at = shop.clock.at;
    t.same(await toldAlerts.all(), []);
    await toldAlerts.save({ kind: 'quota-low', at, open: true });
    await toldAlerts.save({ kind: 'gemini-down', at, open: true });
    await toldAlerts.save({ kind: 'gemini-down', at: at + 1, open: true });
    await toldAlerts.save({ kind: 'quota-low', at, open: false });
    await shop.reopen();
    const told = [
      { kind: 'gemini-down', at: at + 1, open: true },
      { kind: 'quota-low', at, open: false },
    ];
    t.same(await shop.store.sentAlerts.all(), told);
    shop.clock.at += 29 * DAY;
    await shop.store.prune(IDLE_MS);
    t.same(await shop.store.sentAlerts.all(), told);
    shop.clock.at += DAY + 1;
    await shop.store.prune(IDLE_MS);
    t.same(await shop.store.sentAlerts.all(), []);
  });

  await t.test('a manual send is claimed by whoever comes first, and its answer repeated for a day', async (t) => {
    const shop = await openShop(t, open);
    const claims = Array.from({ length: 5 }, () => shop.store.idempotencyKeys.claim('key-1', 'halo ke 1'));
    t.same(await Promise.all(claims), ['new', 'unfinished', 'unfinished', 'unfinished', 'unfinished']);
    t.equal(await shop.store.idempotencyKeys.claim('key-1', 'lain'), 'other-request');
    await shop.reopen();
    t.equal(await shop.store.idempotencyKeys.claim('key-1', 'halo ke 1'), 'unfinished', 'also where we died meanwhile');
    const answer = { status: 200, body: { success: true, ids: ['1'] } };
    await shop.store.idempotencyKeys.complete('key-1', answer);
    await shop.reopen();
    t.same(await shop.store.idempotencyKeys.claim('key-1', 'halo ke 1'), answer);
    t.equal(await shop.store.idempotencyKeys.claim('key-1', 'lain'), 'other-request');
    t.equal(await shop.store.idempotencyKeys.claim('key-2', 'halo ke 1'), 'new');
    shop.clock.at += DAY - 1;
    await shop.store.prune(IDLE_MS);
    t.same(await shop.store.idempotencyKeys.claim('key-1', 'halo ke 1'), answer);
    shop.clock.at += 1;
    t.equal(await shop.store.idempotencyKeys.claim('key-1', 'lain'), 'new', 'a day later');
  });

  await t.test('answered messages are kept a day after their answer, dead letters 30 days', async (t) => {
    const shop = await openShop(t, open);
    const answered = await shop.begin('dijawab');
    const dead = await shop.begin('mati');
    const dropped = await shop.begin('dilepas');
    const waiting = await shop.begin('dicoba lagi');
    await shop.takeIn('menunggu');
    shop.clock.at += DAY;
    await shop.inbox.saveReply(answered.id, USER, storedReply(shop));
    await shop.inbox.completeTurn(answered.id, { outcome: 'answered', session: null });
    await shop.inbox.dropTurn(dropped.id, 'not-linked', false);
    await shop.inbox.moveToDeadLetters(dead.id, { upstream: 'gemini', reason: 'x' });
    const endedAt = shop.clock.at;
    await shop.store.prune(IDLE_MS);
    shop.clock.at = endedAt + DAY;
    t.equal(await shop.store.prune(IDLE_MS), 0, 'nothing yet');
    shop.clock.at += 1;
    t.equal(await shop.store.prune(IDLE_MS), 4, 'two turns with their message each');
    shop.clock.at = endedAt + 30 * DAY;
    t.equal(await shop.store.prune(IDLE_MS), 0);
    t.match(await shop.inbox.deadLetters({ limit: 9, cursor: 0 }), [{ id: dead.id, messages: ['mati'] }]);
    shop.clock.at += 1;
    t.equal(await shop.store.prune(IDLE_MS), 2);
    t.same(await shop.inbox.deadLetters({ limit: 9, cursor: 0 }), []);
    shop.clock.at += 300 * DAY;
    await shop.store.prune(IDLE_MS);
    await shop.reopen();
    t.same((await nextOf(shop)).open, { ...waiting, crashes: 1 }, 'what is not answered is never pruned');
    t.same(await waitingTexts(shop), ['menunggu']);
    t.equal((await shop.inbox.status()).pending, 2);
  });

  await t.test('an idempotency key outlives a clock that is set back by an hour', async (t) => {
    const shop = await openShop(t, open);
    await shop.store.idempotencyKeys.claim('key-1', 'halo');
    shop.clock.aheadMs = -DAY / 24;
    await shop.store.prune(IDLE_MS);
    t.equal(await shop.store.idempotencyKeys.claim('key-1', 'halo'), 'unfinished', 'a repeat is not sent again');
  });

  await t.test(
    'what a clock wrote that was 100 days ahead is deleted when it is right again, except dead letters',
    async (t) => {
      const shop = await openShop(t, open);
      shop.clock.aheadMs = 100 * DAY;
      const { id } = await shop.begin('rahasia');
      await shop.inbox.completeTurn(id, { outcome: 'answered', session: addition() });
      const dead = await shop.begin('mati');
      await shop.inbox.moveToDeadLetters(dead.id, { upstream: 'gemini', reason: 'x' });
      await shop.inbox.refuse(refusal(shop, { sender: OTHER, at: shop.clock.at + shop.clock.aheadMs }));
      await shop.store.idempotencyKeys.claim('key-1', 'halo');
      shop.clock.aheadMs = 0;
      t.ok((await shop.store.prune(IDLE_MS)) > 0);
      t.same(
        (await shop.store.conversations.of(SENDER, 9)).recent.filter(({ outcome }) => outcome === 'answered'),
        [],
      );
      t.equal(await shop.store.sessions.get(SENDER), null);
      t.equal(await shop.store.idempotencyKeys.claim('key-1', 'lain'), 'new');
      t.equal(await shop.inbox.refuse(refusal(shop, { sender: OTHER })), 'queued', 'the notice may be sent again');
      t.same(
        (await shop.inbox.deadLetters({ limit: 9, cursor: 0 })).map((letter) => letter.id),
        [dead.id],
      );
    },
  );

  await t.test('a wall clock that is set ahead deletes no dead letter', async (t) => {
    const beginDead = async () => {
      const shop = await openShop(t, open);
      const { id } = await shop.begin('mati');
      await shop.inbox.moveToDeadLetters(id, { upstream: 'gemini', reason: 'x' });
      await shop.store.prune(IDLE_MS);
      return shop;
    };
    const count = async (shop: Shop) => (await shop.inbox.status()).deadLetters;
    const pass = async (shop: Shop, ms: number) => {
      for (let left = ms; left > 0; left -= DAY / 4) {
        shop.clock.at += Math.min(left, DAY / 4);
        await shop.store.prune(IDLE_MS);
      }
    };

    await t.test('under a running service, until it is set right', async (t) => {
      const shop = await beginDead();
      shop.clock.aheadMs = 31 * DAY;
      await pass(shop, 2 * DAY);
      t.equal(await count(shop), 1);
      shop.clock.aheadMs = 0;
      await pass(shop, 28 * DAY);
      t.equal(await count(shop), 1, 'for its 30 days');
      await pass(shop, DAY);
      t.equal(await count(shop), 0, 'and no longer');
    });

    await t.test('before a restart, and however often it restarts', async (t) => {
      const shop = await beginDead();
      shop.clock.aheadMs = 31 * DAY;
      for (let restarts = 0; restarts < 5; restarts += 1) {
        await shop.reopen();
        await shop.store.prune(IDLE_MS);
        await pass(shop, DAY / 2);
      }
      t.equal(await count(shop), 1);
    });

    await t.test('but is believed when the service has run for three days with it', async (t) => {
      const shop = await beginDead();
      shop.clock.aheadMs = 31 * DAY;
      await shop.store.prune(IDLE_MS);
      await pass(shop, 1.5 * DAY);
      await shop.reopen();
      await shop.store.prune(IDLE_MS);
      await pass(shop, 1.25 * DAY);
      t.equal(await count(shop), 1);
      await pass(shop, DAY / 4);
      t.equal(await count(shop), 0);
    });

    await t.test('while texts of answered messages are deleted by it at once', async (t) => {
      const shop = await beginDead();
      const { id } = await shop.begin('dijawab');
      await shop.inbox.completeTurn(id, { outcome: 'answered', session: null });
      shop.clock.aheadMs = 31 * DAY;
      await shop.store.prune(IDLE_MS);
      const { recent } = await shop.store.conversations.of(SENDER, 9);
      t.same(recent.map(({ outcome }) => outcome).sort(), ['accepted', 'dead'], 'nothing of the answered one');
    });
  });

  await t.test('a session is kept while it is not idle', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('halo');
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: addition() });
    shop.clock.at += IDLE_MS;
    await shop.store.prune(IDLE_MS);
    t.ok(await shop.store.sessions.get(SENDER));
    shop.clock.at += 1;
    t.equal(await shop.store.prune(IDLE_MS), 1);
    t.equal(await shop.store.sessions.get(SENDER), null);
  });

  await t.test('a session that is written while the pruning runs is kept', async (t) => {
    const shop = await openShop(t, open);
    const { id } = await shop.begin('halo');
    const pruning = shop.store.prune(IDLE_MS);
    shop.clock.at += 5;
    await shop.inbox.completeTurn(id, { outcome: 'answered', session: addition() });
    await pruning;
    t.ok(await shop.store.sessions.get(SENDER));
  });

  await t.test('pruning forgets no fingerprint and no notice before its time', async (t) => {
    const shop = await openShop(t, open);
    const day = fingerprint('day');
    const once = fingerprint('until-acknowledged');
    await shop.inbox.accept(shop.message(), day, PER_MINUTE);
    await shop.inbox.accept(shop.message(), once, PER_MINUTE);
    await shop.inbox.refuse(refusal(shop, { fingerprint: null }));
    shop.clock.at += 20 * MINUTE - 1;
    t.equal(await shop.store.prune(IDLE_MS), 0);
    t.equal(await shop.inbox.hasFingerprint(once), true);
    t.equal(await shop.inbox.refuse(refusal(shop, { fingerprint: null })), 'suppressed');
    shop.clock.at += 1;
    t.equal(await shop.store.prune(IDLE_MS), 1, 'the call without id and time');
    t.equal(await shop.inbox.hasFingerprint(day), true);
  });

  await t.test('a long backlog is pruned whole, and holds nobody up', async (t) => {
    const shop = await openShop(t, open, 10_000);
    for (let batch = 0; batch < 60; batch += 1) {
      const turns = await Promise.all(Array.from({ length: 20 }, () => shop.begin('halo')));
      await Promise.all(turns.map(({ id }) => shop.inbox.completeTurn(id, { outcome: 'answered', session: null })));
    }
    shop.clock.at += DAY + 1;
    let pruned = false;
    const pruning = shop.store.prune(IDLE_MS).finally(() => {
      pruned = true;
    });
    let meanwhile = 0;
    for (; !pruned; meanwhile += 1) await shop.takeIn('di tengah');
    t.ok(meanwhile >= 5, `${meanwhile} messages are accepted meanwhile, one after the other`);
    t.equal(await pruning, 1_200 * 3, 'turn, message and fingerprint of each');
    t.equal(await shop.store.prune(IDLE_MS), 0);
    t.equal((await shop.inbox.status()).pending, meanwhile);
  });

  await t.test('all that is kept of one sender can be forgotten, and of nobody else', async (t) => {
    const shop = await openShop(t, open);
    const dead = await shop.begin('mati');
    await shop.inbox.moveToDeadLetters(dead.id, { upstream: 'gemini', reason: 'x' });
    const answered = await shop.begin('dijawab');
    await shop.inbox.completeTurn(answered.id, { outcome: 'answered', session: addition() });
    await shop.begin('sedang dijawab');
    await shop.takeIn('menunggu');
    await shop.inbox.refuse(refusal(shop));
    await shop.inbox.refuse(refusal(shop, { sender: OTHER, notice: notice({ sender: OTHER }) }));
    await shop.inbox.accept(shop.message({ sender: OTHER, text: 'lain' }), fingerprint(), PER_MINUTE);
    await shop.store.forget(SENDER);
    await shop.reopen();
    const { open: turn, waiting, pending } = await nextOf(shop);
    t.same({ turn, waiting }, { turn: null, waiting: [] });
    t.same(pending, { sender: SENDER, firstAt: null, lastAt: null, openAt: null, crashes: 0 });
    t.equal(await shop.store.sessions.get(SENDER), null);
    t.same(await shop.inbox.deadLetters({ limit: 9, cursor: 0 }), []);
    t.equal(await shop.inbox.acceptedSince(SENDER, 0), 0);
    t.equal(await shop.inbox.refuse(refusal(shop)), 'queued', 'the next holder of the number is told anew');
    const others = refusal(shop, { sender: OTHER, notice: notice({ sender: OTHER }) });
    t.equal(await shop.inbox.refuse(others), 'suppressed');
    t.same(await waitingTexts(shop, OTHER), ['lain']);
    t.equal((await shop.inbox.status()).pending, 1);
  });

  await t.test('what was asked for before closing is kept; afterwards nothing is taken', async (t) => {
    const shop = await openShop(t, open);
    const accepted = shop.inbox.accept(shop.message({ text: 'terakhir' }), fingerprint(), PER_MINUTE);
    const { store } = shop;
    await Promise.all([store.close(), store.close()]);
    t.equal(await accepted, 'accepted');
    t.equal(store.status(), 'closed');
    await t.rejects(store.inbox.accept(shop.message(), fingerprint(), PER_MINUTE), UNAVAILABLE);
    await t.rejects(store.inbox.status(), UNAVAILABLE);
    await t.rejects(store.inbox.hasFingerprint({ key: 'x' }), UNAVAILABLE);
    await t.rejects(store.prune(IDLE_MS), UNAVAILABLE);
    await shop.reopen();
    t.same(await waitingTexts(shop), ['terakhir']);
    t.equal(shop.store.status(), 'ok');
  });
}
