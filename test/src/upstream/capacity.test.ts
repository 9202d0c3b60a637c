import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { type CapacityShare, createCapacity } from '../../../src/upstream/capacity.ts';

/** Whether a promise is settled once everything that can happen now has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await nextTick();
  return settled;
}

t.test('an amount that is free is taken at once, and comes back in part and in whole', async (t) => {
  const capacity = createCapacity(10);
  const lease = await capacity.acquire(7);
  t.equal(capacity.free, 3);
  lease.shrink(2);
  t.equal(capacity.free, 8);
  lease.shrink(5);
  t.equal(capacity.free, 8, 'a share never grows');
  lease.release();
  lease.release();
  lease.shrink(0);
  t.equal(capacity.free, 10, 'each part comes back once');
});

t.test('callers are served in order of arrival, so that a large request is not starved by small ones', async (t) => {
  const capacity = createCapacity(10);
  const first = await capacity.acquire(6);
  const large = capacity.acquire(8);
  const small = capacity.acquire(1);
  t.notOk(await isSettled(small), 'the small request waits behind the large one, although it would fit');
  first.release();
  t.ok(await isSettled(large));
  t.ok(await isSettled(small));
  t.equal(capacity.free, 1);
});

t.test('a request above the total gets all of it', async (t) => {
  const capacity = createCapacity(10);
  const lease = await capacity.acquire(1_000);
  t.equal(capacity.free, 0);
  lease.release();
  t.equal(capacity.free, 10);
});

t.test('a waiting caller that aborts gets the reason and no longer holds up those behind it', async (t) => {
  const capacity = createCapacity(10);
  await capacity.acquire(5);
  const reason = new Error('deadline');
  const turn = new AbortController();
  const large = capacity.acquire(9, turn.signal);
  const small = capacity.acquire(4);
  t.notOk(await isSettled(small));
  turn.abort(reason);
  await t.rejects(large, reason);
  t.ok(await isSettled(small));
  await t.rejects(capacity.acquire(1, turn.signal), reason, 'an aborted caller does not even wait');
  t.equal(capacity.free, 1, 'nothing was taken for it');
});

t.test(
  'any sequence of acquire, shrink, release and abort stays within the total and returns the whole capacity',
  async () => {
    const step = fc.record({
      amount: fc.integer({ min: 0, max: 12 }),
      action: fc.constantFrom('keep', 'shrink', 'release', 'abort'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const capacity = createCapacity(10);
        const held: CapacityShare[] = [];
        const pending: Promise<unknown>[] = [];
        for (const { amount, action } of steps) {
          const turn = new AbortController();
          const acquired = capacity.acquire(amount, turn.signal).then((lease) => void held.push(lease));
          pending.push(acquired.catch(() => undefined));
          if (action === 'abort') turn.abort();
          await nextTick();
          if (capacity.free < 0 || capacity.free > 10) return false;
          if (action === 'shrink') held.at(-1)?.shrink(1);
          if (action === 'release') held.shift()?.release();
        }
        for (let left = pending.length; left >= 0; left--) {
          while (held.length > 0) held.pop()?.release();
          await nextTick();
        }
        await Promise.all(pending);
        return capacity.free === 10;
      }),
    );
  },
);
