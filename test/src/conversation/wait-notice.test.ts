import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createWaitNotice } from '../../../src/conversation/wait-notice.ts';
import type { Turn } from '../../../src/store/types.ts';
import { CircuitOpenError } from '../../../src/upstream/errors.ts';

const slot = {
  signal: new AbortController().signal,
  abort: () => {},
  isStopped: () => false,
  deadlineAt: Number.POSITIVE_INFINITY,
  maySend: () => true,
};
const turnOf = (given: Partial<Turn>) =>
  ({ id: 'giliran', sender: '6281200000001', kind: 'answer', elapsedMs: 0, ...given }) as Turn;

function start(patienceMs: number, { fails = false, isQuotaReserved = false } = {}) {
  const said: string[] = [];
  const sent = Promise.withResolvers<void>();
  const watch = createWaitNotice({
    fonnte: {
      isQuotaReserved: () => isQuotaReserved,
      async send({ message }) {
        said.push(message);
        sent.resolve();
        if (fails) throw new CircuitOpenError('fonnte');
        return { ids: [], requestId: '' };
      },
    },
    inbox: { markWaitNoticeSent: async (id) => void said.push(`noted ${id}`) },
    text: 'Mohon tunggu.',
    patienceMs,
  });
  return { said, sent: sent.promise, watch };
}

/** Timers of one length fire in the order they were set: whatever was due before this has happened. */
const aTimerLater = () => pause(1);

t.test('who waits long is told so once, and that is noted before it is sent', async (t) => {
  const { said, sent, watch } = start(1);
  const turn = turnOf({});
  const stop = watch(turn, slot, (error) => t.fail(String(error)));
  await sent;
  await stop();
  t.same(said, ['noted giliran', 'Mohon tunggu.']);
  await watch(turn, slot, (error) => t.fail(String(error)))();
  t.equal(turn.waitNoticeSent, true);
});

t.test('who is answered in time, was told before, or hears a notice, is not told', async (t) => {
  const { said, watch } = start(60_000);
  await watch(turnOf({}), slot, (error) => t.fail(String(error)))();
  for (const given of [{ waitNoticeSent: true }, { kind: 'notice' as const }]) {
    const stop = watch(turnOf({ ...given, elapsedMs: 90_000 }), slot, (error) => t.fail(String(error)));
    await aTimerLater();
    await stop();
  }
  t.same(said, []);
});

t.test('nobody is told while the quota is kept for answers', async (t) => {
  const { said, watch } = start(1, { isQuotaReserved: true });
  const stop = watch(turnOf({ elapsedMs: 90_000 }), slot, (error) => t.fail(String(error)));
  await aTimerLater();
  await stop();
  t.same(said, []);
});

t.test('the time of earlier tries counts', async (t) => {
  const { said, sent, watch } = start(60_000);
  const stop = watch(turnOf({ elapsedMs: 60_000 }), slot, (error) => t.fail(String(error)));
  await sent;
  await stop();
  t.equal(said.at(-1), 'Mohon tunggu.');
});

t.test('a word that cannot be sent harms nobody', async (t) => {
  const { sent, watch } = start(1, { fails: true });
  const stop = watch(turnOf({}), slot, (error) => t.fail(String(error)));
  await sent;
  await t.resolves(stop());
});
