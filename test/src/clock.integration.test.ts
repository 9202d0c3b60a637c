import t, { type Test } from 'tap';
import type { GenerateRequest } from '../../sandbox/gemini.ts';
import { one } from '../../src/store/types.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { startService } from '../support/service.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const ALERTED = '6281200000050';

/** Starts a service whose clock the test sets forward or back. */
async function start(t: Test, given: Record<string, unknown> = {}) {
  const upstreams = await startFakeUpstreams(t);
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
  const service = await startService(t, upstreams, given, { now: clock.now });
  upstreams.gemini.scriptResponses(() => ({ text: 'jawaban' }));
  /** A webhook call with the correct time. */
  const say = (message: string) => service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message }));
  return { upstreams, clock, service, say };
}

const rejectSends = ({ fonnte }: FakeUpstreams, times: number) =>
  fonnte.setFault(
    { kind: 'reject', body: { status: false, reason: 'server busy' } },
    { times, match: ({ path }) => path === '/send' },
  );

const answered = async ({ fonnte }: FakeUpstreams, replies: number) => {
  await fonnte.waitForSent(() => fonnte.sent.filter(({ target }) => target === LINKED).length >= replies);
};

t.test('set back by an hour: a cached identity of the former owner is looked up again', async (t) => {
  const { upstreams, clock, service, say } = await start(t);
  await say('Halo');
  await service.idle();
  const owner = upstreams.supabase.tables.users.find(({ phone_number }) => phone_number === LINKED);
  if (!owner) throw new Error('the sample user is gone');
  upstreams.supabase.tables.users.push({ ...owner, id: 'aaaaaaaa-0000-4000-8000-000000000001' });
  owner.phone_number = null;
  // The cache may be used for a minute.
  clock.aheadMs = -HOUR_MS;
  await say('Halo lagi');
  await service.idle();
  t.equal((await one(service.app.store.sessions.get([LINKED])))?.userId, 'aaaaaaaa-0000-4000-8000-000000000001');
  t.equal(upstreams.fonnte.sent.length, 2);
});

t.test('set back by an hour: a session has expired and does not come back', async (t) => {
  const { upstreams, clock, service, say } = await start(t);
  await say('satu');
  await service.idle();
  clock.aheadMs = -HOUR_MS;
  await say('dua');
  await service.idle();
  const request = upstreams.gemini.requests.at(-1)?.body as GenerateRequest;
  t.equal(request.contents.length, 1, 'nothing of the session is sent to Gemini');
});

t.test('set back by an hour: an open circuit breaker does not stay open longer', async (t) => {
  const { upstreams, service, say } = await start(t);
  await upstreams.supabase.setFault({ kind: 'status', status: 503 });
  for (let index = 1; index <= 5; index++)
    await service.call(upstreams.fonnte.buildPayload({ sender: `628120000030${index}`, message: 'Halo' }));
  await service.waitForEvent('breaker.changed', ({ upstream, state }) => upstream === 'supabase' && state === 'open');
  const realNow = Date.now;
  t.teardown(() => {
    Date.now = realNow;
  });
  // The process's own clock: what a library reads.
  Date.now = () => realNow() - HOUR_MS;
  await upstreams.supabase.clearFaults();
  await say('Halo');
  await service.waitForEvent('breaker.changed', ({ upstream, state }) => upstream === 'supabase' && state === 'closed');
  await answered(upstreams, 1);
});

t.test('set back by an hour: a retry is not an hour late', async (t) => {
  const { upstreams, clock, service, say } = await start(t);
  await rejectSends(upstreams, 1);
  await say('Halo');
  await service.waitForEvent('turn.retrying');
  clock.aheadMs = -HOUR_MS;
  await answered(upstreams, 1);
});

t.test('set back by an hour before a restart: a stored retry is not an hour late', async (t) => {
  const DATA_DIR = scratchFolder(t);
  const { upstreams, clock, service, say } = await start(t, { DATA_DIR });
  // Fails until the stop.
  await rejectSends(upstreams, 1_000);
  await say('Halo');
  await service.waitForEvent('turn.retrying');
  await service.close();
  await upstreams.fonnte.clearFaults();
  await startService(t, upstreams, { DATA_DIR }, { now: () => clock.now() - HOUR_MS });
  await answered(upstreams, 1);
});

t.test('set back by an hour during a turn: its deadline does not move', async (t) => {
  const { upstreams, clock, service, say } = await start(t, { TURN_DEADLINE_SECONDS: 5, GEMINI_TIMEOUT_MS: 300 });
  await upstreams.gemini.setFault({ kind: 'hang' });
  await say('Halo');
  await upstreams.gemini.waitForRequest(({ method }) => method === 'POST');
  clock.aheadMs = -HOUR_MS;
  await service.waitForEvent('turn.dead-lettered', ({ upstream }) => upstream !== 'fonnte');
});

t.test('set forward by an hour during a turn: its deadline does not move', async (t) => {
  const { upstreams, clock, service, say } = await start(t);
  // Both models fail once, so that the turn is retried.
  await upstreams.gemini.setFault({ kind: 'status', status: 503 }, { times: 2 });
  upstreams.gemini.onRequest(() => {
    clock.aheadMs = HOUR_MS;
  });
  await say('Halo');
  await service.waitForEvent('turn.retrying');
  await service.waitForEvent('turn.finished', ({ outcome }) => outcome === 'answered');
  t.equal((await service.app.store.inbox.status()).deadLetters, 0);
});

t.test('set forward by 30 days: a reply that FONNTE rejected for a moment is still sent', async (t) => {
  const { upstreams, clock, service, say } = await start(t);
  await rejectSends(upstreams, 2);
  await say('Halo');
  await service.waitForEvent('turn.retrying');
  clock.aheadMs = 30 * DAY_MS;
  await answered(upstreams, 1);
  t.equal((await service.app.store.inbox.status()).deadLetters, 0);
});

for (const [state, aheadMs, status] of [
  ['ahead', 30 * DAY_MS, 'ignored'],
  ['behind', -30 * DAY_MS, 'accepted'],
] as const) {
  t.test(`a clock that is 30 days ${state} of FONNTE's fires an alert until it is correct again`, async (t) => {
    const { clock, upstreams, service, say } = await start(t, { ALERT_TARGETS: ALERTED, ALERT_SILENCE_MINUTES: 0 });
    clock.aheadMs = aheadMs;
    for (let call = 1; call <= 3; call++) {
      t.notOk(
        service.occurrences.some(({ type }) => type === 'clock.checked'),
        `not before call ${call}`,
      );
      t.match(await say(`Halo ${call}`), { status: 200, body: { status } });
    }
    t.match(await service.waitForEvent('clock.checked'), { state, hours: 720 });
    await service.waitForEvent('alert.sent', (alert) => alert.kind === 'clock' && alert.state === 'firing');
    clock.aheadMs = 0;
    t.match(await say('Halo lagi'), { status: 200, body: { status: 'accepted' } });
    await service.waitForEvent('alert.sent', (alert) => alert.kind === 'clock' && alert.state === 'resolved');
    const alerts = upstreams.fonnte.sent.filter(
      ({ target, message }) => target === ALERTED && /clock|jam server/.test(message),
    );
    t.equal(alerts.length, 2);
    t.match(alerts[0]?.message, /jam server berbeda 720 jam/);
  });
}

t.test('a few old calls, or calls with different times, fire no clock alert', async (t) => {
  const { clock, upstreams, service, say } = await start(t);
  const old = (hours: number) =>
    service.call(
      upstreams.fonnte.buildPayload({
        sender: LINKED,
        message: 'lama',
        timestamp: Math.floor(clock.now() / 1000) - hours * 3600,
      }),
    );
  await old(20);
  await old(20);
  await say('Halo');
  await old(20);
  await old(20);
  for (const hours of [13, 14, 15, 16]) await old(hours);
  const checks = service.occurrences.filter((event) => event.type === 'clock.checked');
  t.match(checks, [{ state: 'ok' }]);
  t.equal(checks.length, 1);
});
