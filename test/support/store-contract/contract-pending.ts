import fc from 'fast-check';
import type { Test } from 'tap';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import { senderOf } from '../../../src/conversation-key.ts';
import { one } from '../../../src/store/types.ts';
import { keyOf } from '../conversation.ts';
import {
  addition,
  deadTurn,
  fingerprint,
  type Open,
  openStoreFixture,
  SENDER,
  type StoreFixture,
  storedReply,
  USER,
} from './samples.ts';

const SENDERS = ['6281200000011', '6281200000012', '6281200000013'].map(keyOf);
const MAX_INBOX = 12;
const STEPS = [
  'accept',
  'accept-twice',
  'start',
  'join',
  'reply',
  'finish',
  'die',
  'drop',
  'replay',
  'discard',
  'forget',
] as const;
const WRITES_OF_TURN: ReadonlySet<string> = new Set(['join', 'reply', 'finish', 'die', 'drop']);
const step = fc.record({
  what: fc.constantFrom(...STEPS, 'accept', 'start', 'reopen' as const),
  who: fc.nat({ max: SENDERS.length - 1 }),
  which: fc.nat({ max: 9 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Planned {
  id: string;
  sender: ConversationKey;
  seqs: number[];
  hasReply: boolean;
}

/** A simple model of the expected state. */
interface Plan {
  waiting: Map<number, string>;
  open: Planned[];
  dead: Planned[];
}

/** The number of pending messages is exact after any sequence of operations, and MAX_INBOX applies to it. */
export async function pendingContract(t: Test, open: Open): Promise<void> {
  await t.test('is exact after any sequence of operations, including restarts', async (t) => {
    const run = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const fixture = await openStoreFixture(t, open, MAX_INBOX);
      const plan: Plan = { waiting: new Map(), open: [], dead: [] };
      for (const each of steps) {
        fixture.clock.at += 1;
        await take(fixture, plan, each);
        const pending = countPending(plan);
        const state = await fixture.inbox.status();
        if (state.pending !== pending) throw new Error(`${state.pending} pending, but it should be ${pending}`);
        if (state.deadLetters !== plan.dead.length) throw new Error('dead letters are miscounted');
        if ((state.oldestAt === null) !== (pending === 0)) throw new Error('the oldest is mistaken');
      }
      await fixture.store.close();
    });
    await fc.assert(run, { numRuns: 30 });
    t.pass('30 courses of up to 40 steps');
  });

  await t.test('counts the messages of a dead letter again when it is replayed', async (t) => {
    const fixture = await openStoreFixture(t, open, 3);
    const { id: dead } = await fixture.begin('mati');
    await one(
      fixture.turns.moveToDeadLetters([{ id: dead, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]),
    );
    const { id } = await fixture.begin('satu', 'dua', 'tiga');
    t.equal(await acceptOne(fixture), 'full');
    await one(fixture.turns.complete([{ id, outcome: 'answered', session: null }]));
    t.equal(await acceptOne(fixture), 'accepted');
    await fixture.deadLetters.replay(dead);
    t.equal(await acceptOne(fixture), 'accepted');
    t.equal(await acceptOne(fixture), 'full');
  });
}

function countPending({ waiting, open }: Plan): number {
  return waiting.size + open.reduce((sum, { seqs }) => sum + seqs.length, 0);
}

async function acceptOne(fixture: StoreFixture): Promise<string> {
  return fixture.accept(fixture.message(), fingerprint(), 1_000);
}

async function take(fixture: StoreFixture, plan: Plan, { what, who, which }: Step): Promise<void> {
  const sender = SENDERS[who] ?? SENDER;
  const open = plan.open[which % Math.max(1, plan.open.length)];
  const dead = plan.dead[which % Math.max(1, plan.dead.length)];
  const { turns, deadLetters } = fixture;
  // A process writes only turns that it started or resumed: this one may have been started before a restart.
  if (open && WRITES_OF_TURN.has(what)) await one(turns.resume([open.id]));
  if (what === 'accept' || what === 'accept-twice') {
    const count = what === 'accept' ? 1 : 2;
    const messages = Array.from({ length: count }, () => fixture.message({ sender }));
    const answers = await Promise.all(messages.map((message) => fixture.accept(message, fingerprint(), 1_000)));
    for (const [index, { seq }] of messages.entries()) {
      const expected = countPending(plan) < MAX_INBOX ? 'accepted' : 'full';
      if (answers[index] !== expected) throw new Error(`${answers[index]}, but it should be ${expected}`);
      if (expected === 'accepted') plan.waiting.set(seq, sender);
    }
  } else if (what === 'start') {
    const seqs = [...plan.waiting].flatMap(([seq, of]) => (of === sender ? [seq] : []));
    const turn = await one(turns.start([{ sender, userId: USER, kind: 'answer', seqs }]));
    if (turn) plan.open.push({ id: turn.id, sender, seqs, hasReply: false });
    for (const seq of seqs) plan.waiting.delete(seq);
  } else if (what === 'join' && open) {
    const seqs = [...plan.waiting].flatMap(([seq, of]) => (of === open.sender ? [seq] : []));
    const joined = await one(turns.join([{ id: open.id, seqs }]));
    if ((joined === null) !== open.hasReply) throw new Error('messages join a turn without a reply, and no other');
    if (joined) open.seqs.push(...seqs);
    if (joined) for (const seq of seqs) plan.waiting.delete(seq);
  } else if (what === 'reply' && open) {
    await one(turns.saveReply([{ id: open.id, ...storedReply(fixture) }]));
    open.hasReply = true;
  } else if (what === 'finish' && open) {
    await one(turns.complete([{ id: open.id, outcome: 'answered', session: addition() }]));
    plan.open = plan.open.filter(({ id }) => id !== open.id);
  } else if (what === 'drop' && open) {
    await one(turns.drop([{ id: open.id, outcome: 'owner-changed', deletesSession: true }]));
    plan.open = plan.open.filter(({ id }) => id !== open.id);
  } else if (what === 'die' && open) {
    await one(turns.moveToDeadLetters([{ id: open.id, ...deadTurn(fixture, { upstream: 'gemini', reason: 'x' }) }]));
    plan.open = plan.open.filter(({ id }) => id !== open.id);
    plan.dead.push(open);
  } else if (what === 'replay' && dead) {
    await deadLetters.replay(dead.id);
    plan.dead = plan.dead.filter(({ id }) => id !== dead.id);
    plan.open.push(dead);
  } else if (what === 'discard' && dead) {
    await deadLetters.discard(dead.id);
    plan.dead = plan.dead.filter(({ id }) => id !== dead.id);
  } else if (what === 'forget') {
    await fixture.store.forget(senderOf(sender));
    for (const [seq, of] of plan.waiting) if (of === sender) plan.waiting.delete(seq);
    plan.open = plan.open.filter((turn) => turn.sender !== sender);
    plan.dead = plan.dead.filter((turn) => turn.sender !== sender);
  } else if (what === 'reopen') {
    await fixture.reopen();
  }
}
