import { mock } from 'node:test';
import t from 'tap';
import { createScheduler } from '../../../../src/conversation/schedule/scheduler.ts';
import type { TurnControl } from '../../../../src/conversation/turn/turn-context.ts';
import { StoreUnavailable } from '../../../../src/errors.ts';
import type { Pause } from '../../../../src/store/records.ts';
import type { Turns } from '../../../../src/store/types.ts';
import type { Message } from '../../../../src/types.ts';
import { keyOf } from '../../../support/conversation.ts';
import { buildTurn } from '../../../support/turn-fixture.ts';

const SENDER = keyOf('6281200000001');

type RunTurn = Parameters<typeof createScheduler>[0]['runTurn'];

/** Turns of the messages that are given, without a disk. */
function turnsWith(messages: Message[], fail: () => Error | null = () => null, pause: () => Pause | null = () => null) {
  const waiting = [...messages];
  const turns = {
    loadNext() {
      const error = fail();
      if (error) return [Promise.reject(error)];
      const pending = {
        sender: SENDER,
        openAt: null,
        crashes: 0,
      };
      return [Promise.resolve({ open: null, waiting: [...waiting], pending, pause: pause() })];
    },
    start([{ seqs }]: [{ seqs: number[] }]) {
      const taken = waiting.filter(({ seq }) => seqs.includes(seq));
      waiting.splice(0, waiting.length, ...waiting.filter(({ seq }) => !seqs.includes(seq)));
      return [Promise.resolve(buildTurn({ sender: SENDER, messages: taken }))];
    },
    pending: async () => [],
    claim: null,
    maySend: () => true,
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

function run(
  turns: Turns,
  given: {
    sendBlockedForMs?: () => number;
    recordHeld?: () => Promise<void>;
    runTurn?: RunTurn;
    maxConcurrent?: number;
  } = {},
) {
  const taken: string[][] = [];
  const first = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  const runner = createScheduler({
    turns,
    async runTurn(turn) {
      taken.push(turn.messages.map(({ text }) => text));
      first.resolve();
      return { kind: 'ended' };
    },
    maxConcurrent: 1,
    needsNoModel: () => false,
    recordHeld: async () => undefined,
    sendBlockedForMs: () => 0,
    now: Date.now,
    reportError: (error) => errors.push(error),
    ...given,
  });
  t.teardown(() => runner.drain(0, 0));
  return { runner, taken, errors, first: first.promise };
}

t.test('a turn starts when its first message is stored, without a timer', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { turns } = turnsWith([message(1, Date.now())]);
  const { runner, taken } = run(turns);
  runner.notify(SENDER);
  for (let tick = 0; tick < 5; tick += 1) await new Promise(setImmediate);
  t.same(taken, [['pesan 1']]);
});

t.test('turns of many messages start one by one, so that webhook calls are accepted in between', async (t) => {
  const { turns } = turnsWith([]);
  let started = 0;
  const loadNext: Turns['loadNext'] = (queries) => {
    started += queries.length;
    return turns.loadNext(queries);
  };
  const { runner } = run({ ...turns, loadNext }, { maxConcurrent: 10 });
  for (const sender of ['6281200000001', '6281200000002', '6281200000003']) runner.notify(keyOf(sender));
  t.equal(started, 0, 'the response to the webhook call comes first');
  const startedAfterPass = [];
  for (let pass = 0; pass < 4; pass += 1) {
    await new Promise(setImmediate);
    startedAfterPass.push(started);
  }
  t.same(startedAfterPass, [1, 2, 3, 3]);
});

t.test('a store that does not answer is asked again, and no error of ours is made of it', async (t) => {
  let failures = 1;
  const { turns } = turnsWith([message(1, 0)], () => (failures-- > 0 ? new StoreUnavailable(new Error('full')) : null));
  const { runner, taken, errors, first } = run(turns);
  runner.notify(SENDER);
  await first;
  t.same(taken, [['pesan 1']]);
  t.same(errors, []);
});

t.test('an unexpected error is reported, and the conversation is tried again', async (t) => {
  let failures = 1;
  const { turns } = turnsWith([message(1, 0)], () => (failures-- > 0 ? new TypeError('bug') : null));
  const { runner, errors, first } = run(turns);
  runner.notify(SENDER);
  await first;
  t.equal(errors.length, 1);
});

t.test('no turn starts while nothing can be sent', async (t) => {
  let holds = 2;
  const { turns } = turnsWith([message(1, 0)]);
  const { runner, taken, first } = run(turns, { sendBlockedForMs: () => (holds-- > 0 ? 1 : 0) });
  runner.notify(SENDER);
  await first;
  t.same(taken.length, 1);
  t.equal(holds, -1);
});

t.test('a pause holds a conversation until its end, without a new message', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  t.teardown(() => mock.timers.reset());
  let pause: Pause = { seq: 0, endsAt: Date.now() + 90_000 };
  const { turns } = turnsWith([message(1, 0)], undefined, () => pause);
  let holds = 0;
  const { runner, taken, first } = run(turns, {
    async recordHeld() {
      holds += 1;
    },
  });
  const settle = async () => {
    for (let tick = 0; tick < 5; tick += 1) await new Promise(setImmediate);
  };
  runner.notify(SENDER);
  await settle();
  t.same([holds, taken], [1, []]);
  mock.timers.tick(60_000);
  await settle();
  t.same([holds, taken], [2, []], 'another process may have changed the pause');
  pause = { seq: 0, endsAt: Date.now() + 45_000 };
  mock.timers.tick(30_000);
  await settle();
  mock.timers.tick(14_999);
  await settle();
  t.same(taken, []);
  mock.timers.tick(1);
  await first;
  t.same(taken, [['pesan 1']]);
});

t.test('a stopped runner begins nothing, and keeps count of what is left', async (t) => {
  const { turns } = turnsWith([message(1, 0)]);
  const { runner, taken } = run(turns, { sendBlockedForMs: () => 60_000 });
  runner.notify(SENDER);
  await runner.drain(1, 1);
  runner.notify(keyOf('6281200000002'));
  t.same(taken, []);
  t.equal(runner.unfinished(), 2);
});

t.test('a running turn is notified of messages of its conversation and of the shutdown', async (t) => {
  const { turns, add } = turnsWith([message(1, 0)]);
  const controls: TurnControl[] = [];
  const end = Promise.withResolvers<void>();
  const { runner } = run(turns, {
    async runTurn(_turn, control) {
      controls.push(control);
      await end.promise;
      return { kind: 'answered', hasMore: false };
    },
  });
  runner.notify(SENDER);
  while (controls.length === 0) await new Promise(setImmediate);
  const [control] = controls;
  const seen: boolean[] = [];
  const stop = control?.watch(() => seen.push(control.acceptsMessages()));
  add(message(2, 0));
  runner.notify(SENDER);
  runner.notify(keyOf('6281200000002'));
  t.same(seen, [true], 'of its own conversation only');
  const drained = runner.drain(60_000, 60_000);
  t.same(seen, [true, false]);
  stop?.();
  runner.notify(SENDER);
  t.same(seen, [true, false]);
  end.resolve();
  await drained;
});

t.test('a message that arrives while a paused conversation is read is seen at once', async (t) => {
  const { turns, add } = turnsWith([message(1, 0)], undefined, () => ({ seq: 0, endsAt: Date.now() + 30_000 }));
  const seenAgain = Promise.withResolvers<void>();
  let holds = 0;
  const { runner, taken } = run(turns, {
    async recordHeld() {
      holds += 1;
      if (holds === 2) seenAgain.resolve();
      if (holds > 1) return;
      add(message(2, 0));
      runner.notify(SENDER);
    },
  });
  runner.notify(SENDER);
  await seenAgain.promise;
  t.same(taken, []);
});

t.test('a turn that another process may have taken over sends nothing, and is looked at again', async (t) => {
  const { turns } = turnsWith([message(1, 0)]);
  let isOwner = true;
  turns.maySend = () => isOwner;
  const loaded = Promise.withResolvers<void>();
  const { loadNext } = turns;
  const allowed: boolean[] = [];
  const { runner } = run(turns, {
    async runTurn(_turn, control) {
      allowed.push(control.maySend());
      isOwner = false;
      allowed.push(control.maySend());
      turns.loadNext = (queries) => {
        loaded.resolve();
        return loadNext(queries);
      };
      return { kind: 'stopped' };
    },
  });
  runner.notify(SENDER);
  await loaded.promise;
  t.same(allowed, [true, false]);
});

t.test('work that no process does is claimed, as far as there are free slots', async (t) => {
  const { turns, add } = turnsWith([]);
  const limits: number[] = [];
  turns.claim = async (limit) => {
    limits.push(limit);
    add(message(1, 0));
    return limits.length === 1 ? [{ sender: SENDER, openAt: null, crashes: 0 }] : [];
  };
  const { runner, taken, first } = run(turns);
  // The timer of the claims does not keep the process alive.
  const waiting = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(waiting));
  await runner.start();
  await first;
  t.same(taken, [['pesan 1']]);
  t.equal(limits[0], 1);
});
