import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createProgressNotice } from '../../../../src/conversation/turn/progress-notice.ts';
import { createWaitNotice } from '../../../../src/conversation/turn/wait-notice.ts';
import { CircuitOpenError } from '../../../../src/upstream/errors.ts';
import { buildTurn } from '../../../support/turn-fixture.ts';

const context = {
  signal: new AbortController().signal,
  abort: () => {},
  isStopped: () => false,
  deadlineAt: Number.POSITIVE_INFINITY,
  maySend: () => true,
};

function start(afterMs: number, { fails = false, isQuotaReserved = false } = {}) {
  const said: string[] = [];
  const sent = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  const progressNotice = createProgressNotice({
    deviceOf: () => ({
      isQuotaReserved: () => isQuotaReserved,
      async send({ message }) {
        said.push(message);
        sent.resolve();
        if (fails) throw new CircuitOpenError('fonnte');
        return { ids: [], requestId: '' };
      },
    }),
    turns: { markWaitNoticeSent: (ids) => ids.map(async (id) => void said.push(`recorded ${id}`)) },
  });
  const reportError = (error: unknown) => errors.push(error);
  const startWaitNotice = createWaitNotice({ progressNotice, text: 'Mohon tunggu.', afterMs, reportError });
  return { said, sent: sent.promise, startWaitNotice, errors };
}

/** Timers of equal length fire in the order of their creation: all earlier ones have fired. */
const aTimerLater = () => pause(1);

t.test('the wait notice is sent once, and recorded before it is sent', async (t) => {
  const { said, sent, startWaitNotice } = start(1);
  const turn = buildTurn({});
  const stop = startWaitNotice(turn, context);
  await sent;
  await stop();
  t.same(said, ['recorded giliran', 'Mohon tunggu.']);
  await startWaitNotice(turn, context)();
  t.equal(turn.waitNoticeSent, true);
});

t.test('no wait notice after a reply in time, after an earlier one, or for a notice', async (t) => {
  const { said, startWaitNotice } = start(60_000);
  await startWaitNotice(buildTurn({}), context)();
  for (const given of [{ waitNoticeSent: true }, { kind: 'notice' as const }]) {
    const stop = startWaitNotice(buildTurn({ ...given, elapsedMs: 90_000 }), context);
    await aTimerLater();
    await stop();
  }
  t.same(said, []);
});

t.test('no wait notice while the quota is reserved for answers', async (t) => {
  const { said, startWaitNotice } = start(1, { isQuotaReserved: true });
  const stop = startWaitNotice(buildTurn({ elapsedMs: 90_000 }), context);
  await aTimerLater();
  await stop();
  t.same(said, []);
});

t.test('the time of earlier attempts counts', async (t) => {
  const { said, sent, startWaitNotice } = start(60_000);
  const stop = startWaitNotice(buildTurn({ elapsedMs: 60_000 }), context);
  await sent;
  await stop();
  t.equal(said.at(-1), 'Mohon tunggu.');
});

t.test('a wait notice that cannot be sent does no harm', async (t) => {
  const { sent, startWaitNotice } = start(1, { fails: true });
  const stop = startWaitNotice(buildTurn({}), context);
  await sent;
  await t.resolves(stop());
});
