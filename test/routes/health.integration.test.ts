import t from 'tap';
import { senderOf } from '../../src/conversation-key.ts';
import { createManualClock } from '../support/clock.ts';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { get } from '../support/http.ts';
import { PASSING_PROBLEMS } from '../support/passing-problems.ts';
import { ADMIN_KEY, type Service, startService } from '../support/service.ts';

const upstreams = await startFakeUpstreams(t);
const { fonnte, gemini, supabase } = upstreams;
t.beforeEach(() => Promise.all([fonnte.reset(), gemini.reset(), supabase.reset()]));

const health = ({ url }: Service) => get(`${url}/api/health`);
const ALL_OK = { store: 'ok', supabase: 'ok', gemini: 'ok', fonnte: 'ok', device: 'ok', inbox: 'ok' };
const message = (fields = {}) => fonnte.buildPayload({ sender: LINKED, ...fields });

t.test('a healthy service reports exactly these fields without authentication', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  const { status, body } = await health(service);
  t.equal(status, 200);
  const { uptimeSeconds, version, ...rest } = body;
  t.same(rest, {
    status: 'healthy',
    timestamp: new Date(clock.now()).toISOString(),
    activeSessions: 0,
    pausedConversations: 0,
    checks: ALL_OK,
    models: [
      { model: 'gemini-3.8-flash', status: 'ok' },
      { model: 'gemini-3.5-flash-lite', status: 'ok' },
    ],
  });
  t.ok(Number.isInteger(uptimeSeconds));
  t.match(version, /^\d+\.\d+\.\d+/);
});

t.test('sessions count while they are active', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, {}, { now: clock.now });
  await service.call(message());
  await service.idle();
  t.match((await health(service)).body, { activeSessions: 1 });
  clock.advance(30 * 60_000 + 1);
  t.match((await health(service)).body, { activeSessions: 0 });
});

t.test('the health response contains no secret and no number and calls no upstream', async (t) => {
  const service = await startService(t, upstreams);
  await service.call(message({ message: 'Pertanyaan rahasia' }));
  await service.idle();
  const before = [fonnte, gemini, supabase].map(({ requestCount }) => requestCount);
  const text = JSON.stringify((await health(service)).body);
  const secrets = [LINKED, '81200000001', fonnte.token, supabase.serviceRoleKey, gemini.apiKey, ADMIN_KEY, 'rahasia'];
  for (const secret of secrets) t.notOk(text.includes(secret), secret);
  t.same(
    [fonnte, gemini, supabase].map(({ requestCount }) => requestCount),
    before,
  );
});

t.test('a breaker that is open degrades it, and names the upstream', async (t) => {
  const service = await startService(t, upstreams, { COALESCE_WINDOW_MS: 10_000, RATE_LIMIT_PER_MINUTE: 100 });
  await supabase.setFault({ kind: 'status', status: 500 });
  while (service.app.supabase.breaker.state() === 'closed') await service.call(message());
  const { status, body } = await health(service);
  t.equal(status, 200);
  t.match(body, { status: 'degraded', checks: { ...ALL_OK, supabase: /^(half-)?open$/ } });
});

t.test(
  'a rejected key and a stale schema cache degrade it until a request succeeds, and open no breaker',
  async (t) => {
    const service = await startService(t, upstreams);
    const identify = () => service.app.supabase.identify(senderOf(LINKED), 0).catch(() => null);
    for (const [word, faults] of Object.entries(PASSING_PROBLEMS)) {
      for (const fault of faults) {
        await supabase.setFault(fault);
        // More requests than the failures that open the circuit.
        for (let count = 0; count < 6; count += 1) await identify();
        const degraded = { status: 200, body: { status: 'degraded', checks: { ...ALL_OK, supabase: word } } };
        t.match(await health(service), degraded, JSON.stringify(fault));
        t.equal(service.app.supabase.breaker.state(), 'closed');
        await supabase.clearFaults();
        await identify();
        t.match(await health(service), { status: 200, body: { status: 'healthy', checks: ALL_OK } });
      }
    }
  },
);

t.test('a table that Supabase does not know yet degrades it until that table is read', async (t) => {
  const service = await startService(t, upstreams);
  const read = (table: string) =>
    service.app.supabase.reader.read(table, (client) => client.from(table).select('id')).catch(() => null);
  for (const fault of PASSING_PROBLEMS['schema-cache']) {
    await supabase.setFault(fault, { match: ({ table }) => table === 'activities' });
    await read('activities');
    await read('users');
    t.match((await health(service)).body, { status: 'degraded', checks: { supabase: 'schema-cache' } });
    await supabase.clearFaults();
    await read('activities');
    t.match((await health(service)).body, { status: 'healthy', checks: ALL_OK });
  }
});

t.test('a device that is disconnected degrades it, by its event', async (t) => {
  const service = await startService(t, upstreams);
  await service.waitForEvent('device.checked');
  await service.call({ device: upstreams.fonnte.device, status: 'disconnect' });
  t.match(await health(service), { status: 200, body: { status: 'degraded', checks: { device: 'disconnected' } } });
});

t.test('a device that FONNTE says is disconnected degrades it from the start', async (t) => {
  upstreams.fonnte.connected = false;
  t.teardown(() => upstreams.fonnte.reset());
  const service = await startService(t, upstreams);
  t.match(await service.waitForEvent('device.checked'), { status: 'disconnect' });
  t.match(await health(service), { status: 200, body: { status: 'degraded', checks: { device: 'disconnected' } } });
  const asked = upstreams.fonnte.requests.length;
  await health(service);
  t.equal(upstreams.fonnte.requests.length, asked, 'a health check sends no request to FONNTE');
});

t.test('a model that is disabled degrades it, and is named', async (t) => {
  const service = await startService(t, upstreams, { GEMINI_MODEL: 'gemini-tidak-ada' });
  await gemini.setFault({ kind: 'status', status: 404 }, { match: ({ path }) => path.includes('gemini-tidak-ada') });
  await service.call(message());
  await service.waitForEvent('model.disabled');
  await service.idle();
  t.match(await health(service), {
    status: 200,
    body: {
      status: 'degraded',
      checks: { gemini: 'model-disabled' },
      models: [{ model: 'gemini-tidak-ada', status: 'disabled' }, { status: 'ok' }, { status: 'ok' }],
    },
  });
});

t.test('a message that waits for more than 5 minutes degrades it', async (t) => {
  const clock = createManualClock();
  const service = await startService(t, upstreams, { COALESCE_WINDOW_MS: 10_000 }, { now: clock.now });
  await service.call(message());
  clock.advance(5 * 60_000);
  t.match(await health(service), { status: 200, body: { status: 'healthy', checks: { inbox: 'ok' } } });
  clock.advance(1);
  t.match(await health(service), { status: 200, body: { status: 'degraded', checks: { inbox: 'late' } } });
});

t.test('the status is unavailable during shutdown', async (t) => {
  const service = await startService(t, upstreams);
  await gemini.setFault({ kind: 'hang' });
  await service.call(message());
  await gemini.waitForRequest(() => true);
  const closing = service.close();
  t.match(await health(service), { status: 503, body: { status: 'unavailable', checks: { store: 'stopping' } } });
  await gemini.clearFaults();
  await closing;
});

t.test('a store that fails while it is asked is unavailable, and no 500', async (t) => {
  const service = await startService(t, upstreams);
  await service.app.store.close();
  t.match(await health(service), {
    status: 503,
    body: { status: 'unavailable', activeSessions: 0, checks: { store: 'closed' } },
  });
});
