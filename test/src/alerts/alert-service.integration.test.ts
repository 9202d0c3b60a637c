import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createManualClock } from '../../support/clock.ts';
import { type FakeUpstreams, LINKED, sentTo, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { startOperator } from '../../support/operator.ts';
import { startService } from '../../support/service.ts';

const TARGET = '6281200000090';
const OTHER_TARGET = '6281200000091';
const MINUTE_MS = 60_000;

/** Starts a service that sends alerts to two numbers and to a webhook, on a clock that the test moves. */
async function setUp(
  t: Test,
  given: Record<string, unknown> = {},
  { prepare = (_upstreams: FakeUpstreams) => {}, startAt = Date.now() } = {},
) {
  const upstreams = await startFakeUpstreams(t);
  prepare(upstreams);
  const operator = await startOperator(t);
  const clock = createManualClock(startAt);
  const service = await startService(
    t,
    upstreams,
    { ALERT_TARGETS: `${TARGET}, 0${OTHER_TARGET.slice(2)}`, ALERT_WEBHOOK_URL: operator.url, ...given },
    { now: clock.now },
  );
  const { alerts } = service.app;
  await service.app.fonnte.checkDevices();
  await alerts.check();
  /** Advances the clock and checks the conditions. */
  const after = async (minutes: number) => {
    clock.advance(minutes * MINUTE_MS);
    await alerts.check();
  };
  return { ...upstreams, operator, clock, service, alerts, after };
}

t.test('a disconnected device is alerted by webhook only, its reconnection by both channels', async (t) => {
  const { service, operator, alerts, fonnte } = await setUp(t);
  await service.call({ device: fonnte.device, status: 'disconnect' });
  await alerts.check();
  t.same(operator.states(), ['device-disconnected firing']);
  t.match(operator.received[0], { text: /perangkat WhatsApp terputus/, detail: { since: /^\d{4}-/ } });
  t.match(operator.received[0]?.at, /^\d{4}-\d\d-\d\dT/);
  t.same(sentTo({ fonnte }, TARGET), [], 'FONNTE cannot send this alert');
  await service.call({ device: fonnte.device, status: 'connect' });
  await alerts.check();
  t.same(operator.states(), ['device-disconnected firing', 'device-disconnected resolved']);
  for (const target of [TARGET, OTHER_TARGET]) t.match(sentTo({ fonnte }, target), [/tersambung kembali/]);
});

t.test('the result of /device is alerted: disconnected, quota low, package expiring', async (t) => {
  const soon = new Date(Date.now() + 5.5 * 86_400_000).toUTCString();
  const { operator, service, alerts, fonnte } = await setUp(
    t,
    {},
    {
      prepare: ({ fonnte }) => void Object.assign(fonnte, { connected: false, quota: 99, expired: soon }),
    },
  );
  t.same(operator.states().sort(), ['device-disconnected firing', 'package-expiring firing', 'quota-low firing']);
  t.match(operator.received.find(({ kind }) => kind === 'quota-low')?.detail, { quota: 99 });
  t.match(operator.received.find(({ kind }) => kind === 'package-expiring')?.text, /berakhir dalam 5 hari/);
  Object.assign(fonnte, { connected: true, quota: 100, expired: '18 November 2039' });
  await service.app.fonnte.checkDevices();
  await alerts.check();
  t.same(operator.states().slice(3).sort(), [
    'device-disconnected resolved',
    'package-expiring resolved',
    'quota-low resolved',
  ]);
  t.match(sentTo({ fonnte }, TARGET).join('\n'), /kuota FONNTE sudah cukup/);
});

t.test('a rejected token is alerted by webhook, and resolved when FONNTE accepts it', async (t) => {
  const { operator, service, alerts, fonnte } = await setUp(t);
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'invalid token' } });
  await service.app.fonnte.checkDevices();
  await alerts.check();
  t.same(operator.states(), ['token-rejected firing']);
  t.same(sentTo({ fonnte }, TARGET), []);
  await fonnte.clearFaults();
  await service.app.fonnte.checkDevices();
  await alerts.check();
  t.same(operator.states(), ['token-rejected firing', 'token-rejected resolved']);
});

t.test('a dead letter is alerted, further ones 15 minutes later, and the last one resolves the alert', async (t) => {
  const { operator, service, after, gemini, fonnte, clock } = await setUp(t);
  await gemini.setFault({ kind: 'status', status: 400 });
  const ask = async (sender: string) => {
    await service.call(fonnte.buildPayload({ sender, message: 'Halo', timestamp: Math.floor(clock.now() / 1000) }));
    await service.idle();
  };
  await ask(LINKED);
  await after(0);
  t.same(operator.states(), ['dead-letter firing']);
  t.match(operator.received[0]?.detail, { deadLetters: 1, upstream: 'gemini' });
  await after(1);
  await ask(LINKED);
  await after(13);
  t.equal(operator.received.length, 1);
  await after(1);
  t.match(operator.received[1]?.detail, { deadLetters: 2 });
  for (const { id } of await service.app.store.deadLetters.list({ limit: 10, cursor: 0 }))
    await service.app.store.deadLetters.discard(id);
  await after(1);
  t.same(operator.states(), ['dead-letter firing', 'dead-letter firing', 'dead-letter resolved']);
});

t.test('an upstream that is down for five minutes is alerted, and resolved when it recovers', async (t) => {
  const { operator, service, after, supabase, fonnte } = await setUp(t);
  await supabase.setFault({ kind: 'status', status: 503 });
  for (let calls = 0; calls < 5; calls += 1)
    await service.app.supabase.identify(`62812000000${calls}9`).catch(() => {});
  t.equal(service.app.supabase.breaker.state(), 'open');
  await after(4);
  t.same(operator.states(), []);
  await after(1);
  t.same(operator.states(), ['supabase-down firing']);
  t.equal(fonnte.sent.filter(({ target }) => target === TARGET).length, 1);
  await supabase.clearFaults();
  service.events.emit({ type: 'breaker.changed', upstream: 'supabase', state: 'closed' });
  await after(1);
  t.same(operator.states(), ['supabase-down firing', 'supabase-down resolved']);
});

t.test('a message that waits for more than five minutes is alerted', async (t) => {
  const { operator, service, after, fonnte } = await setUp(t, { COALESCE_WINDOW_MS: 10_000 });
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await after(5);
  t.same(operator.states(), []);
  await after(1);
  t.same(operator.states(), ['inbox-late firing']);
});

/** The next Monday in Jakarta at this time; in the future, because a clock that goes back resets the inactivity. */
function nextMonday(clock: string): number {
  const day = new Date();
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== 1);
  return Date.parse(`${day.toISOString().slice(0, 10)}T${clock}:00+07:00`);
}

t.test('inactivity in working hours is alerted only if it is configured', async (t) => {
  const monday = nextMonday('09:00');
  for (const [minutes, states] of [
    [0, []],
    [30, ['inactivity firing', 'inactivity resolved']],
  ] as const) {
    const { operator, after, service, fonnte } = await setUp(
      t,
      { ALERT_SILENCE_MINUTES: minutes },
      { startAt: monday },
    );
    await service.call(fonnte.buildPayload({ sender: UNLINKED, message: 'Halo', timestamp: monday / 1000 }));
    await after(29);
    t.same(operator.states(), []);
    await after(1);
    await service.call({ device: fonnte.device, status: 'connect' });
    await after(1);
    await service.call(
      fonnte.buildPayload({ sender: UNLINKED, message: 'Halo lagi', timestamp: monday / 1000 + 1900 }),
    );
    await after(0);
    t.same(operator.states(), states);
  }
});

t.test('a restart does not resolve an inactivity alert', async (t) => {
  const monday = nextMonday('10:00');
  const { operator, clock, after, service, ...upstreams } = await setUp(t, { ALERT_SILENCE_MINUTES: 30 });
  clock.advance(monday - clock.now());
  await after(0);
  t.same(operator.states(), ['inactivity firing']);
  await service.close();
  const again = await startService(
    t,
    { fonnte: upstreams.fonnte, gemini: upstreams.gemini, supabase: upstreams.supabase },
    { DATA_DIR: service.app.config.DATA_DIR, ALERT_WEBHOOK_URL: operator.url, ALERT_SILENCE_MINUTES: 30 },
    { now: clock.now },
  );
  await again.app.alerts.check();
  t.same(operator.states(), ['inactivity firing']);
});

t.test('a failed send to one of several numbers emits alert.failed and repeats nothing', async (t) => {
  const { operator, service, after, fonnte, supabase } = await setUp(t, { ALERT_WEBHOOK_URL: '' });
  await fonnte.setFault(
    { kind: 'reject', body: { status: false, reason: 'target invalid' } },
    { times: 1, match: ({ path }) => path === '/send' },
  );
  await supabase.setFault({ kind: 'status', status: 503 });
  for (let calls = 0; calls < 5; calls += 1)
    await service.app.supabase.identify(`62812000000${calls}9`).catch(() => {});
  await after(5);
  t.match(await service.waitForEvent('alert.failed'), { channel: 'whatsapp', reason: 'some-not-sent' });
  t.equal(sentTo({ fonnte }, TARGET).length + sentTo({ fonnte }, OTHER_TARGET).length, 1);
  await after(1);
  t.equal(
    sentTo({ fonnte }, TARGET).length + sentTo({ fonnte }, OTHER_TARGET).length,
    1,
    'no number receives it twice',
  );
  t.same(operator.states(), []);
});

t.test('a deleted DATA_DIR is alerted', async (t) => {
  const { operator, service, after, fonnte } = await setUp(t);
  renameSync(service.app.config.DATA_DIR, `${service.app.config.DATA_DIR}-lain`);
  t.teardown(() => rmSync(`${service.app.config.DATA_DIR}-lain`, { recursive: true, force: true }));
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await service.waitForEvent('store.failed');
  await after(0);
  t.same(operator.states(), ['store-failed firing']);
});

t.test('a database that is damaged and replaced while the service runs is alerted', async (t) => {
  const { operator, service, after } = await setUp(t);
  const file = join(service.app.config.DATA_DIR, 'sapa-wa.sqlite');
  await service.app.store.prune();
  writeFileSync(file, readFileSync(file).fill(0xa5), { flag: 'r+' });
  await service.app.store.prune();
  await service.waitForEvent('store.recovered');
  await after(0);
  t.ok(operator.states().includes('store-quarantined firing'));
  t.match(operator.received.find(({ kind }) => kind === 'store-quarantined')?.detail, { files: 1 });
});

t.test('two approved users with one number are alerted, with the number masked', async (t) => {
  const { operator, service, after, supabase, fonnte } = await setUp(t);
  const users = supabase.tables.users ?? [];
  const [first] = users.filter((row) => row.phone_number === LINKED);
  users.push({ ...first, id: crypto.randomUUID(), phone_number: `+${LINKED}` });
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await after(0);
  t.same(operator.states(), ['ambiguous-user firing']);
  t.same(operator.received[0]?.detail.conversations, ['62812****0001']);
  t.notMatch(JSON.stringify(operator.received), LINKED);
  users.pop();
  await after(1);
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Halo lagi' }));
  await after(0);
  t.same(operator.states(), ['ambiguous-user firing', 'ambiguous-user resolved']);
});

t.test('below the quota reserve notices and alerts stop; answers continue', async (t) => {
  const { operator, service, fonnte, after } = await setUp(
    t,
    { MIN_QUOTA_RESERVE: 50 },
    {
      prepare: ({ fonnte: fake }) => {
        fake.quota = 49;
      },
    },
  );
  t.same(operator.states(), ['quota-low firing'], 'the webhook still receives it');
  t.same(sentTo({ fonnte }, TARGET), []);
  const refused = await service.call(fonnte.buildPayload({ sender: UNLINKED, message: 'Halo' }));
  t.equal(refused.body.code, 'NOT_LINKED');
  t.match(await service.waitForEvent('notice.suppressed'), { notice: 'not-linked' });
  await service.call(fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  await service.waitForEvent('turn.finished');
  t.equal(sentTo({ fonnte }, LINKED).length, 1);
  t.same(sentTo({ fonnte }, UNLINKED), []);
  fonnte.quota = 1000;
  await service.app.fonnte.checkDevices();
  await after(1);
  t.match(sentTo({ fonnte }, TARGET), [/sudah cukup/]);
  await service.call(fonnte.buildPayload({ sender: UNLINKED, message: 'Halo?' }));
  await service.idle();
  t.equal(sentTo({ fonnte }, UNLINKED).length, 1, 'the suppressed notice is sent now');
});

t.test('a notice that was stored before the quota ran low is not sent either', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = await startService(t, upstreams, { MIN_QUOTA_RESERVE: 50 });
  const { fonnte } = upstreams;
  const toSend = { match: ({ path }: { path: string }) => path === '/send' };
  await fonnte.setFault({ kind: 'reject', body: { status: false, reason: 'busy' } }, toSend);
  await service.call(fonnte.buildPayload({ sender: UNLINKED, message: 'Halo' }));
  await service.waitForEvent('turn.retrying');
  // FONNTE keeps rejecting, so that a retry before the quota is known sends nothing either.
  fonnte.quota = 49;
  await service.app.fonnte.checkDevices();
  t.match(await service.waitForEvent('turn.dropped'), { reason: 'quota-reserved' });
  t.same(fonnte.sent, []);
});

t.test(
  'an alert that the webhook rejects is sent at the next check; the log does not contain its address',
  async (t) => {
    const { operator, service, fonnte, after } = await setUp(t, { ALERT_TARGETS: '' });
    operator.status = 500;
    await service.call({ device: fonnte.device, status: 'disconnect' });
    t.match(await service.waitForEvent('alert.failed'), { channel: 'webhook', reason: 'http-500' });
    operator.status = 200;
    await after(1);
    t.same(operator.states(), ['device-disconnected firing']);
    t.notMatch(JSON.stringify(service.occurrences), /rahasia-operator|gangguan/);
  },
);

t.test('a restart does not repeat an alert', async (t) => {
  const { operator, service, fonnte, alerts, ...upstreams } = await setUp(t);
  await service.call({ device: fonnte.device, status: 'disconnect' });
  await alerts.check();
  fonnte.connected = false;
  await service.close();
  const again = await startService(
    t,
    { fonnte, gemini: upstreams.gemini, supabase: upstreams.supabase },
    {
      DATA_DIR: service.app.config.DATA_DIR,
      ALERT_WEBHOOK_URL: operator.url,
    },
  );
  await again.app.fonnte.checkDevices();
  await again.app.alerts.check();
  t.same(operator.states(), ['device-disconnected firing']);
  fonnte.connected = true;
  await again.app.fonnte.checkDevices();
  await again.app.alerts.check();
  t.same(operator.states(), ['device-disconnected firing', 'device-disconnected resolved']);
});
