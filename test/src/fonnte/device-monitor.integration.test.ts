import { mock } from 'node:test';
import t, { type Test } from 'tap';
import type { FakeFonnte } from '../../../sandbox/fonnte.ts';
import { senderOf } from '../../../src/conversation-key.ts';
import { createManualClock } from '../../support/clock.ts';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startService } from '../../support/service.ts';

const MINUTE_MS = 60_000;

/** Starts a service whose monotonic clock the test moves, and counts its requests to the device endpoint from here on. */
async function setUp(t: Test) {
  const { fonnte, ...others } = await startFakeUpstreams(t);
  const clock = createManualClock();
  const service = await startService(t, { fonnte, ...others }, {}, { monotonicNow: clock.now });
  const before = countDeviceCalls(fonnte);
  const deviceCalls = () => countDeviceCalls(fonnte) - before;
  const checks = () => service.occurrences.filter(({ type }) => type === 'device.checked').length;
  const send = () =>
    service.app.fonnte.devices[0].send({ target: senderOf(LINKED), message: 'Halo' }).catch((error: unknown) => error);
  return { fonnte, clock, service, deviceCalls, checks, send };
}

const countDeviceCalls = ({ requests }: FakeFonnte) => requests.filter(({ path }) => path === '/device').length;

t.test('the device is checked every 15 minutes', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { service, deviceCalls, checks, send } = await setUp(t);
  for (let round = 0; round < 2; round++) {
    const before = checks();
    mock.timers.tick(15 * MINUTE_MS - 1);
    // A check that had started would reach FONNTE before this send.
    await send();
    t.equal(deviceCalls(), round, 'not before');
    mock.timers.tick(1);
    await service.waitForEvent('device.checked', () => checks() > before);
    t.equal(deviceCalls(), round + 1);
  }
});

t.test('sends that are rejected because of the device cause one check at once', async (t) => {
  const { fonnte, service, deviceCalls, send } = await setUp(t);
  fonnte.connected = false;
  await Promise.all(Array.from({ length: 20 }, send));
  const { status } = await service.waitForEvent('device.checked', (event) => event.status === 'disconnect');
  t.equal(status, 'disconnect');
  await send();
  t.equal(deviceCalls(), 1);
});

t.test('the device is checked at most every five minutes if sends are rejected for hours', async (t) => {
  const { fonnte, clock, service, deviceCalls, checks, send } = await setUp(t);
  fonnte.connected = false;
  const before = checks();
  for (let minute = 0; minute < 11; minute++) {
    await send();
    await service.waitForEvent('device.checked', () => checks() - before > Math.floor(minute / 5));
    clock.advance(MINUTE_MS);
  }
  t.equal(deviceCalls(), 3);
});

t.test('no other rejection and no other request causes a check', async (t) => {
  const { fonnte, service, deviceCalls, send } = await setUp(t);
  await send();
  for (const reason of ['invalid token', 'insufficient quota', 'target invalid', 'server busy']) {
    await fonnte.setFault({ kind: 'reject', body: { status: false, reason } }, { times: 1 });
    await send();
  }
  await fonnte.setFault({ kind: 'status', status: 502 }, { times: 1 });
  await send();
  fonnte.connected = false;
  await service.app.fonnte.devices[0].typing(senderOf(LINKED), 5).catch((error: unknown) => error);
  t.equal(deviceCalls(), 0);
});

t.test(
  'an undelivered reply shows the disconnected device in health and metrics before the next regular check',
  async (t) => {
    const { fonnte, service } = await setUp(t);
    fonnte.connected = false;
    fonnte.quota = 42;
    await service.call(fonnte.buildPayload({ sender: LINKED, message: '/bantuan' }));
    await service.waitForEvent('device.checked', ({ status }) => status === 'disconnect');
    t.equal(service.app.fonnte.devices[0].quota(), 42, 'the profile was read');
    const health = await fetch(`${service.url}/api/health`);
    t.match(await health.json(), { status: 'degraded', checks: { device: 'disconnected' } });
  },
);
