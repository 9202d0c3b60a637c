import type { Test } from 'tap';
import { one } from '../../../src/store/types.ts';
import {
  fingerprint,
  nextOf,
  notice,
  type Open,
  OTHER,
  openStoreFixture,
  PER_MINUTE,
  refusal,
  SENDER,
  storedReply,
  waitingTexts,
} from './samples.ts';

/** Messages that join an open turn. */
export async function joinContract(t: Test, open: Open): Promise<void> {
  await t.test('messages join an open turn in their order, also for the next process', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const [second, third] = await fixture.acceptTexts('dua', 'tiga', 'empat');
    const joined = await one(fixture.turns.join([{ id, seqs: [third?.seq ?? 0, second?.seq ?? 0] }]));
    const texts = ['satu', 'dua', 'tiga'];
    t.same(
      joined?.messages.map(({ text }) => text),
      texts,
    );
    t.same(await waitingTexts(fixture), ['empat']);
    await fixture.reopen();
    t.same(
      (await nextOf(fixture)).open?.messages.map(({ text }) => text),
      texts,
    );
    t.match(joined, { id, attempts: 1, parts: null });
    t.equal((await fixture.inbox.status()).pending, 4);
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
    t.equal((await fixture.inbox.status()).pending, 1, 'the joined messages end with the turn');
  });

  await t.test(
    'no message joins a turn with a stored reply, an ended or unknown turn, or another sender',
    async (t) => {
      const fixture = await openStoreFixture(t, open);
      const replied = await fixture.begin('satu');
      const [waiting] = await fixture.acceptTexts('dua');
      const seqs = [waiting?.seq ?? 0];
      await one(fixture.turns.saveReply([{ id: replied.id, ...storedReply(fixture) }]));
      t.equal(await one(fixture.turns.join([{ id: replied.id, seqs }])), null);
      await one(fixture.turns.complete([{ id: replied.id, outcome: 'answered', session: null }]));
      t.equal(await one(fixture.turns.join([{ id: replied.id, seqs }])), null);
      t.equal(await one(fixture.turns.join([{ id: 'unknown', seqs }])), null);
      t.same(await waitingTexts(fixture), ['dua']);
      const other = fixture.message({ sender: OTHER });
      await fixture.accept(other, fingerprint(), PER_MINUTE);
      const { id } = await fixture.begin('tiga');
      const joined = await one(fixture.turns.join([{ id, seqs: [other.seq, 12_345] }]));
      t.equal(joined?.messages.length, 1, 'only the messages of its sender');
      t.same(await waitingTexts(fixture, OTHER), [other.text]);
    },
  );

  await t.test('an open turn is returned with what waits after it', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const turn = await fixture.begin('satu');
    const load = (limit = 9) => one(fixture.turns.loadOpen([{ id: turn.id, limit }]));
    t.same(await load(), { turn, waiting: [], nextNoticeSeq: null, pausedSeq: null });
    const messages = await fixture.acceptTexts('dua', 'tiga');
    const refused = refusal(fixture, { notice: notice({ kind: 'too-long' }) });
    const first = refusal(fixture, { seq: 0, notice: notice({ kind: 'rate-limited' }) });
    const other = refusal(fixture, { sender: OTHER, notice: notice({ sender: OTHER }) });
    await Promise.all(fixture.inbox.refuse([first, refused, other]));
    t.same(await load(), { turn, waiting: messages, nextNoticeSeq: refused.seq, pausedSeq: null });
    t.same((await load(1))?.waiting, messages.slice(0, 1));
    await one(fixture.turns.complete([{ id: turn.id, outcome: 'answered', session: null }]));
    t.equal(await load(), null);
    t.equal(await one(fixture.turns.loadOpen([{ id: 'unknown', limit: 9 }])), null);
  });

  await t.test('a reply can be stored only while no message of its sender waits', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await fixture.accept(fixture.message({ sender: OTHER }), fingerprint(), PER_MINUTE);
    const [waiting] = await fixture.acceptTexts('dua');
    const save = (requiresNoWaiting: boolean, parts: string[]) =>
      one(fixture.turns.saveReply([{ id, ...storedReply(fixture, { parts }), requiresNoWaiting }]));
    t.equal(await save(true, ['untuk satu']), false);
    t.equal((await nextOf(fixture)).open?.parts, null);
    t.equal(await save(false, ['untuk satu']), true, 'on request it is stored all the same');
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
    const next = await fixture.begin('tiga');
    await one(fixture.turns.join([{ id: next.id, seqs: [waiting?.seq ?? 0] }]));
    const reply = { id: next.id, ...storedReply(fixture), requiresNoWaiting: true };
    t.equal(await one(fixture.turns.saveReply([reply])), true, 'messages of the turn itself do not wait');
    t.equal(await one(fixture.turns.saveReply([{ ...reply, id: 'unknown' }])), false);
  });

  await t.test('of a message and a reply at the same time, the first request decides', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    const save = () => one(fixture.turns.saveReply([{ id, ...storedReply(fixture), requiresNoWaiting: true }]));
    const accept = (text: string) => fixture.accept(fixture.message({ text }), fingerprint(), PER_MINUTE);
    t.same(await Promise.all([accept('dua'), save()]), ['accepted', false]);
    const { waiting } = await nextOf(fixture);
    await one(fixture.turns.join([{ id, seqs: waiting.map(({ seq }) => seq) }]));
    t.same(await Promise.all([save(), accept('tiga')]), [true, 'accepted']);
    t.equal(await one(fixture.turns.join([{ id, seqs: [(await nextOf(fixture)).waiting[0]?.seq ?? 0] }])), null);
    t.same(await waitingTexts(fixture, SENDER), ['tiga']);
  });
}
