import type { Test } from 'tap';
import {
  addition,
  entry,
  fingerprint,
  HOUR,
  IDLE_MS,
  MINUTE,
  type Open,
  OTHER,
  openShop,
  PER_MINUTE,
  refusal,
  SECOND,
  SENDER,
  type Shop,
} from './samples.ts';

/** A page of the conversations whose session was used within IDLE_MS. */
const pageOf = (shop: Shop, over = {}) => ({ limit: 50, cursor: 0, activeSince: shop.clock.at - IDLE_MS, ...over });

/** What an operator is shown of conversations. */
export async function conversationContract(t: Test, open: Open): Promise<void> {
  await t.test('a conversation is shown with its session, what is pending, and what became of it', async (t) => {
    const shop = await openShop(t, open);
    const begin = shop.clock.at;
    const answered = await shop.begin('satu', 'dua');
    shop.clock.at += SECOND;
    const session = addition({ append: [entry('satu'), entry('Sisa Rp1.', 'assistant')] });
    await shop.inbox.completeTurn(answered.id, { outcome: 'answered', session });
    shop.clock.at += SECOND;
    await shop.inbox.refuse(refusal(shop, { code: 'RATE_LIMITED', notice: null }));
    shop.clock.at += SECOND;
    const dead = await shop.begin('tiga');
    shop.clock.at += SECOND;
    await shop.inbox.moveToDeadLetters(dead.id, { upstream: 'gemini', reason: 'x' });
    shop.clock.at += SECOND;
    await shop.takeIn('empat');
    await shop.reopen();
    const shown = await shop.store.conversations.of(SENDER, 20);
    const overview = { phone: SENDER, lastMessageAt: begin + 5 * SECOND, sessionEntries: 2, pending: 1 };
    t.match(shown, overview);
    t.same(shown.recent, [
      { at: begin + 5 * SECOND, outcome: 'accepted' },
      { at: begin + 4 * SECOND, outcome: 'dead' },
      { at: begin + 3 * SECOND, outcome: 'accepted' },
      { at: begin + 2 * SECOND, outcome: 'RATE_LIMITED' },
      { at: begin + SECOND, outcome: 'answered' },
      { at: begin, outcome: 'accepted' },
      { at: begin, outcome: 'accepted' },
    ]);
    t.same((await shop.store.conversations.of(SENDER, 2)).recent, shown.recent.slice(0, 2), 'as many as asked for');
    t.same(await shop.store.conversations.active(pageOf(shop)), [overview]);
  });

  await t.test('the last twenty refusals of a sender are kept, for a day', async (t) => {
    const shop = await openShop(t, open);
    for (let index = 0; index < 25; index += 1) {
      shop.clock.at += SECOND;
      await shop.inbox.refuse(refusal(shop, { code: index === 24 ? 'RATE_LIMITED' : 'NOT_LINKED', notice: null }));
    }
    const refused = async () => (await shop.store.conversations.of(SENDER, 50)).recent.map(({ outcome }) => outcome);
    t.equal((await refused()).length, 20);
    t.equal((await refused())[0], 'RATE_LIMITED');
    shop.clock.at += 24 * HOUR;
    await shop.store.prune(IDLE_MS);
    t.same(await refused(), ['RATE_LIMITED'], 'a day old, and no older');
    shop.clock.at += 1;
    await shop.store.prune(IDLE_MS);
    t.same(await refused(), []);
  });

  await t.test('a number that nothing is known of is shown empty', async (t) => {
    const shop = await openShop(t, open);
    await shop.takeIn('lain');
    const shown = await shop.store.conversations.of(OTHER, 20);
    t.same(shown, { phone: OTHER, lastMessageAt: null, sessionEntries: 0, pending: 0, recent: [] });
  });

  await t.test('active conversations are listed, the latest first, page by page', async (t) => {
    const shop = await openShop(t, open);
    const waiting = '6281200000003';
    await shop.inbox.accept(shop.message({ sender: waiting }), fingerprint(), PER_MINUTE);
    shop.clock.at += 2 * IDLE_MS;
    const idle = '6281200000004';
    for (const sender of [idle, OTHER, SENDER]) {
      const message = shop.message({ sender });
      await shop.inbox.accept(message, fingerprint(), PER_MINUTE);
      const turn = await shop.inbox.startTurn({ sender, userId: 'u', kind: 'answer', seqs: [message.seq] });
      await shop.inbox.completeTurn(turn?.id ?? '', { outcome: 'answered', session: addition() });
      shop.clock.at += MINUTE;
    }
    shop.clock.at += IDLE_MS - 2 * MINUTE;
    const phones = async (cursor: number, limit: number) =>
      (await shop.store.conversations.active(pageOf(shop, { cursor, limit }))).map(({ phone }) => phone);
    t.same(await phones(0, 50), [SENDER, OTHER, waiting], 'with a session in use or something pending');
    t.same(await phones(0, 2), [SENDER, OTHER]);
    t.same(await phones(2, 2), [waiting]);
  });
}
