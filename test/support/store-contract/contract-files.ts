import type { Test } from 'tap';
import { senderOf } from '../../../src/conversation-key.ts';
import { one } from '../../../src/store/types.ts';
import type { FilePart } from '../../../src/types.ts';
import { DAY, deadTurn, nextOf, type Open, OTHER, openStoreFixture, SENDER, storedReply } from './samples.ts';

const FILE: FilePart = { name: 'grafik.png', mediaType: 'image/png', caption: 'Grafik', fallback: 'Bukan gambar.' };
/** Every byte, also those that are no text. */
const BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);

/** Files of a stored reply: they are stored and deleted together with it. */
export async function fileContract(t: Test, open: Open): Promise<void> {
  /** A fixture with a turn whose reply is a text and a file. */
  async function setUp(t: Test) {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('gambarkan');
    const reply = storedReply(fixture, { parts: ['Sisa Rp1.', FILE], files: [{ part: 1, data: BYTES }] });
    t.equal(await one(fixture.turns.saveReply([{ id, ...reply }])), true);
    const load = async (part = 1) => {
      const data = await one(fixture.turns.loadFile([{ id, part }]));
      return data && Buffer.from(data).equals(BYTES) ? 'the file' : data;
    };
    return { fixture, id, load };
  }

  await t.test('a file is stored with its reply and survives a restart', async (t) => {
    const { fixture, id, load } = await setUp(t);
    await fixture.reopen();
    t.same((await nextOf(fixture)).open?.parts, ['Sisa Rp1.', FILE]);
    t.equal(await load(), 'the file');
    t.equal(await load(0), null, 'a text has no file');
    t.equal(await one(fixture.turns.loadFile([{ id: 'unknown', part: 1 }])), null);
    await one(fixture.turns.saveReply([{ id, ...storedReply(fixture) }]));
    t.equal(await load(), null, 'another reply takes its place');
  });

  await t.test('a reply that is not stored leaves no file', async (t) => {
    const fixture = await openStoreFixture(t, open);
    const { id } = await fixture.begin('satu');
    await fixture.acceptTexts('dua');
    const reply = storedReply(fixture, { parts: [FILE], files: [{ part: 0, data: BYTES }] });
    t.equal(await one(fixture.turns.saveReply([{ id, requiresNoWaiting: true, ...reply }])), false);
    t.equal(await one(fixture.turns.saveReply([{ id: 'unknown', ...reply }])), false);
    t.equal(await one(fixture.turns.loadFile([{ id, part: 0 }])), null);
  });

  await t.test('a file is deleted with the texts of its reply', async (t) => {
    await t.test('a day after the answer', async (t) => {
      const { fixture, id, load } = await setUp(t);
      await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
      fixture.clock.at += DAY;
      await fixture.store.prune();
      t.equal(await load(), 'the file');
      fixture.clock.at += 1;
      await fixture.store.prune();
      t.equal(await load(), null);
    });
    await t.test('by an operator, and not that of another sender', async (t) => {
      const { fixture, load } = await setUp(t);
      await fixture.store.forget(senderOf(OTHER));
      t.equal(await load(), 'the file');
      await fixture.store.forget(senderOf(SENDER));
      t.equal(await load(), null);
    });
    await t.test('of a dropped turn', async (t) => {
      const { fixture, id, load } = await setUp(t);
      await one(fixture.turns.drop([{ id, outcome: 'owner-changed', deletesSession: false }]));
      t.equal(await load(), null);
    });
    await t.test('of a dead letter: with it', async (t) => {
      const { fixture, id, load } = await setUp(t);
      const dead = deadTurn(fixture, { upstream: 'fonnte', reason: 'target invalid' });
      await one(fixture.turns.moveToDeadLetters([{ id, ...dead }]));
      t.equal(await load(), 'the file', 'a replay sends it');
      await fixture.deadLetters.discard(id);
      t.equal(await load(), null);
    });
    await t.test('of a dead letter that does not keep its reply', async (t) => {
      const { fixture, id, load } = await setUp(t);
      const dead = deadTurn(fixture, { upstream: 'gemini', reason: 'x' });
      await one(fixture.turns.moveToDeadLetters([{ id, ...dead, keepsReply: false }]));
      t.equal(await load(), null);
    });
  });
}
