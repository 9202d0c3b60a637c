import t from 'tap';
import { createScheduler } from '../../../src/conversation/scheduler.ts';
import { StoreUnavailable } from '../../../src/errors.ts';
import type { Turns } from '../../../src/store/types.ts';
import type { Message } from '../../../src/types.ts';
import { buildTurn } from '../../support/turn-fixture.ts';

const SENDER = '6281200000001';

/** Turns of the messages that are given, without a disk. */
function turnsWith(messages: Message[], fail: () => Error | null = () => null) {
  const waiting = [...messages];
  const turns = {
    loadNext() {
      const error = fail();
      if (error) return [Promise.reject(error)];
      const pending = {
        sender: SENDER,
        firstAt: waiting[0]?.receivedAt ?? null,
        lastAt: waiting.at(-1)?.receivedAt ?? null,
        openAt: null,
        crashes: 0,
      };
      return [Promise.resolve({ open: null, waiting: [...waiting], pending })];
    },
    start([{ seqs }]: [{ seqs: number[] }]) {
      const taken = waiting.filter(({ seq }) => seqs.includes(seq));
      waiting.splice(0, waiting.length, ...waiting.filter(({ seq }) => !seqs.includes(seq)));
      return [Promise.resolve(buildTurn({ sender: SENDER, messages: taken }))];
    },
    pending: async () => [],
  };
  return { turns: turns as unknown as Turns, add: (message: Message) => waiting.push(message) };
}

const message = (seq: number, receivedAt: number): Message => ({
  seq,
  sender: SENDER,
  userId: 'u1',
  device: '',
  inboxid: 0,
  text: `pesan ${seq}`,
  attachment: null,
  receivedAt,
});

function run(turns: Turns, given: { coalesceMs?: number; sendBlockedForMs?: () => number; now?: () => number } = {}) {
  const taken: string[][] = [];
  const first = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  const runner = createScheduler({
    turns,
    async runTurn(turn) {
      taken.push(turn.messages.map(({ text }) => text));
      first.resolve();
      return { kind: 'over' };
    },
    maxConcurrent: 1,
    coalesceMs: 0,
    sendBlockedForMs: () => 0,
    now: Date.now,
    reportError: (error) => errors.push(error),
    ...given,
  });
  t.teardown(() => runner.drain(0, 0));
  return { runner, taken, errors, first: first.promise };
}

t.test('messages whose time lies ahead, because the clock was set back, are answered at once', async (t) => {
  const { turns } = turnsWith([message(1, Date.now() + 3_600_000)]);
  const { runner, taken, first } = run(turns, { coalesceMs: 5_000 });
  runner.notify(SENDER, Date.now() + 3_600_000);
  await first;
  t.same(taken, [['pesan 1']]);
});

t.test('a store that does not answer is asked again, and no error of ours is made of it', async (t) => {
  let failures = 1;
  const { turns } = turnsWith([message(1, 0)], () => (failures-- > 0 ? new StoreUnavailable(new Error('full')) : null));
  const { runner, taken, errors, first } = run(turns);
  runner.notify(SENDER, 0);
  await first;
  t.same(taken, [['pesan 1']]);
  t.same(errors, []);
});

t.test('an unexpected error is reported, and the conversation is tried again', async (t) => {
  let failures = 1;
  const { turns } = turnsWith([message(1, 0)], () => (failures-- > 0 ? new TypeError('bug') : null));
  const { runner, errors, first } = run(turns);
  runner.notify(SENDER, 0);
  await first;
  t.equal(errors.length, 1);
});

t.test('no turn starts while nothing can be sent', async (t) => {
  let holds = 2;
  const { turns } = turnsWith([message(1, 0)]);
  const { runner, taken, first } = run(turns, { sendBlockedForMs: () => (holds-- > 0 ? 1 : 0) });
  runner.notify(SENDER, 0);
  await first;
  t.same(taken.length, 1);
  t.equal(holds, -1);
});

t.test('a stopped runner begins nothing, and keeps count of what is left', async (t) => {
  const { turns } = turnsWith([message(1, 0)]);
  const { runner, taken } = run(turns, { coalesceMs: 60_000 });
  runner.notify(SENDER, Date.now());
  await runner.drain(1, 1);
  runner.notify('6281200000002', Date.now());
  t.same(taken, []);
  t.equal(runner.unfinished(), 2);
});
