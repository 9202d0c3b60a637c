import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { heldClock } from '../../support/clock.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams, UNLINKED } from '../../support/fake-upstreams.ts';
import { startOperator } from '../../support/operator.ts';
import { startService } from '../../support/service.ts';

const TARGET = '6281200000090';
const OTHER_TARGET = '6281200000091';
const MINUTE_MS = 60_000;

/** A service that tells an operator by both ways, on a clock that stands still. */
async function setUp(t: Test, given: Record<string, unknown> = {}, prepare: (world: FakeUpstreams) => void = () => {}) {
  const world = await startFakeUpstreams(t);
  prepare(world);
  const operator = await startOperator(t);
  const clock = heldClock();
  const service = await startService(
    t,
    world,
    { ALERT_TARGETS: `${TARGET}, 0${OTHER_TARGET.slice(2)}`, ALERT_WEBHOOK_URL: operator.url, ...given },
    { now: clock.now },
  );
  const { alerts } = service.app;
  await service.app.checkDevice();
  await alerts.check();
  const sentTo = (target: string) =>
    world.fonnte.sent.filter((sent) => sent.target === target).map(({ message }) => message);
  /** Minutes pass, and the troubles are looked at. */
  const after = async (minutes: number) => {
    clock.advance(minutes * MINUTE_MS);
    await alerts.check();
  };
  return { ...world, operator, clock, service, alerts, sentTo, after };
}

t.test('a disconnected device is told by webhook alone, and its return to everybody', async (t) => {
  const { service, operator, alerts, sentTo, fonnte } = await setUp(t);
  await service.call({ device: fonnte.device, status: 'disconnect' });
  await alerts.check();
  t.same(operator.states(), ['device-disconnected raised']);
  t.match(operator.told[0], { text: /perangkat WhatsApp terputus/, detail: { since: /^\d{4}-/ } });
  t.match(operator.told[0]?.at, /^\d{4}-\d\d-\d\dT/);
  t.same(sentTo(TARGET), [], 'FONNTE can tell nobody that it is cut off');
  await service.call({ device: fonnte.device, status: 'connect' });
  await alerts.check();
  t.same(operator.states(), ['device-disconnected raised', 'device-disconnected over']);
  for (const target of [TARGET, OTHER_TARGET]) t.match(sentTo(target), [/tersambung kembali/]);
});

t.test('what /device says is told: disconnected, quota low, package expiring', async (t) => {
  const soon = new Date(Date.now() + 5.5 * 86_400_000).toUTCString();
  const { operator, sentTo, service, alerts, fonnte } = await setUp(t, {}, (world) => {
    Object.assign(world.fonnte, { connected: false, quota: 99, expired: soon });
  });
  t.same(operator.states().sort(), ['device-disconnected raised', 'package-expiring raised', 'quota-low raised']);
  t.match(operator.told.find(({ kind }) => kind === 'quota-low')?.detail, { quota: 99 });
  t.match(operator.told.find(({ kind }) => kind === 'package-expiring')?.text, /berakhir dalam 5 hari/);
  Object.assign(fonnte, { connected: true, quota: 100, expired: '18 November 2039' });
  await service.app.checkDevice();
  await alerts.check();
  t.same(operator.states().slice(3).sort(), ['device-disconnected over', 'package-expiring over', 'quota-low over']);
  t.match(sentTo(TARGET).join('\n'), /kuota FONNTE sudah cukup/);
});

t.test('a token that FONNTE rejects is told by webhook, and that it takes it again', async (t) => {
  const { operator, service, alerts, fonnte, sentTo } = await setUp(t);
  await fonnte.fault({ kind: 'reject', body: { status: false, reason: 'invalid token' } });
  await service.app.checkDevice();
  await alerts.check();
  t.same(operator.states(), ['token-rejected raised']);
  t.same(sentTo(TARGET), []);
  await fonnte.clearFaults();
  await service.app.checkDevice();
  await alerts.check();
  t.same(operator.states(), ['token-rejected raised', 'token-rejected over']);
});

t.test('a dead letter is told, more of them a quarter of an hour later, and that none is left', async (t) => {
  const { operator, service, after, gemini, fonnte, clock } = await setUp(t);
  await gemini.fault({ kind: 'status', status: 400 });
  const ask = async (sender: string) => {
    await service.call(fonnte.payload({ sender, message: 'Halo', timestamp: Math.floor(clock.now() / 1000) }));
    await service.idle();
  };
  await ask(LINKED);
  await after(0);
  t.same(operator.states(), ['dead-letter raised']);
  t.match(operator.told[0]?.detail, { deadLetters: 1, upstream: 'gemini' });
  await after(1);
  await ask(LINKED);
  await after(13);
  t.equal(operator.told.length, 1);
  await after(1);
  t.match(operator.told[1]?.detail, { deadLetters: 2 });
  for (const { id } of await service.app.inbox.deadLetters({ limit: 10, cursor: 0 }))
    await service.app.inbox.discard(id);
  await after(1);
  t.same(operator.states(), ['dead-letter raised', 'dead-letter raised', 'dead-letter over']);
});

t.test('an upstream that is down for five minutes is told, and that it is back', async (t) => {
  const { operator, service, after, supabase, fonnte } = await setUp(t);
  await supabase.fault({ kind: 'status', status: 503 });
  for (let calls = 0; calls < 5; calls += 1) await service.app.users.identify(`62812000000${calls}9`).catch(() => {});
  t.equal(service.app.supabase.state(), 'open');
  await after(4);
  t.same(operator.states(), []);
  await after(1);
  t.same(operator.states(), ['supabase-down raised']);
  t.equal(fonnte.sent.filter(({ target }) => target === TARGET).length, 1);
  await supabase.clearFaults();
  service.events.emit({ type: 'breaker.changed', upstream: 'supabase', state: 'closed' });
  await after(1);
  t.same(operator.states(), ['supabase-down raised', 'supabase-down over']);
});

t.test('a message that waits for more than five minutes is told', async (t) => {
  const { operator, service, after, fonnte } = await setUp(t, { COALESCE_WINDOW_MS: 10_000 });
  await service.call(fonnte.payload({ sender: LINKED, message: 'Halo' }));
  await after(5);
  t.same(operator.states(), []);
  await after(1);
  t.same(operator.states(), ['inbox-late raised']);
});

/** The next Monday in Jakarta at this time: a clock that goes back makes no silence. */
function nextMonday(clock: string): number {
  const day = new Date();
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== 1);
  return Date.parse(`${day.toISOString().slice(0, 10)}T${clock}:00+07:00`);
}

t.test('silence in working hours is told only where it is asked for', async (t) => {
  const monday = nextMonday('09:00');
  for (const [minutes, states] of [
    [0, []],
    [30, ['silence raised', 'silence over']],
  ] as const) {
    const { operator, clock, after, service, fonnte } = await setUp(t, { ALERT_SILENCE_MINUTES: minutes });
    clock.advance(monday - clock.now());
    await service.call(fonnte.payload({ sender: UNLINKED, message: 'Halo', timestamp: monday / 1000 }));
    await after(29);
    t.same(operator.states(), []);
    await after(1);
    await service.call({ device: fonnte.device, status: 'connect' });
    await after(1);
    await service.call(fonnte.payload({ sender: UNLINKED, message: 'Halo lagi', timestamp: monday / 1000 + 1900 }));
    await after(0);
    t.same(operator.states(), states);
  }
});

t.test('a restart in the middle of silence does not end it', async (t) => {
  const monday = nextMonday('10:00');
  const { operator, clock, after, service, ...world } = await setUp(t, { ALERT_SILENCE_MINUTES: 30 });
  clock.advance(monday - clock.now());
  await after(0);
  t.same(operator.states(), ['silence raised']);
  await service.close();
  const again = await startService(
    t,
    { fonnte: world.fonnte, gemini: world.gemini, supabase: world.supabase },
    { DATA_DIR: service.app.config.DATA_DIR, ALERT_WEBHOOK_URL: operator.url, ALERT_SILENCE_MINUTES: 30 },
    { now: clock.now },
  );
  await again.app.alerts.check();
  t.same(operator.states(), ['silence raised']);
});

t.test('a number that FONNTE refuses is told of; the others have heard it', async (t) => {
  const { operator, service, after, fonnte, supabase, sentTo } = await setUp(t, { ALERT_WEBHOOK_URL: '' });
  await fonnte.fault(
    { kind: 'reject', body: { status: false, reason: 'target invalid' } },
    { times: 1, match: ({ path }) => path === '/send' },
  );
  await supabase.fault({ kind: 'status', status: 503 });
  for (let calls = 0; calls < 5; calls += 1) await service.app.users.identify(`62812000000${calls}9`).catch(() => {});
  await after(5);
  t.match(await service.waitForEvent('alert.failed'), { channel: 'whatsapp', reason: 'some-not-sent' });
  t.equal(sentTo(TARGET).length + sentTo(OTHER_TARGET).length, 1);
  await after(1);
  t.equal(sentTo(TARGET).length + sentTo(OTHER_TARGET).length, 1, 'nobody hears it twice');
  t.same(operator.states(), []);
});

t.test('a folder that is gone keeps no other alert back', async (t) => {
  const { operator, service, after, fonnte } = await setUp(t);
  renameSync(service.app.config.DATA_DIR, `${service.app.config.DATA_DIR}-lain`);
  t.teardown(() => rmSync(`${service.app.config.DATA_DIR}-lain`, { recursive: true, force: true }));
  await service.call(fonnte.payload({ sender: LINKED, message: 'Halo' }));
  await service.waitForEvent('store.failed');
  await after(0);
  t.same(operator.states(), ['store-failed raised']);
});

t.test('a database that is damaged and replaced while the service runs raises an alert', async (t) => {
  const { operator, service, after } = await setUp(t);
  const file = join(service.app.config.DATA_DIR, 'sapa-wa.sqlite');
  await service.app.store.prune(MINUTE_MS);
  writeFileSync(file, readFileSync(file).fill(0xa5), { flag: 'r+' });
  await service.app.store.prune(MINUTE_MS);
  await service.waitForEvent('store.recovered');
  await after(0);
  t.ok(operator.states().includes('store-quarantined firing'));
  t.match(operator.told.find(({ kind }) => kind === 'store-quarantined')?.detail, { files: 1 });
});

t.test('two approved users with one number are told, with the number masked', async (t) => {
  const { operator, service, after, supabase, fonnte } = await setUp(t);
  const users = supabase.tables.users ?? [];
  const [first] = users.filter((row) => row.phone_number === LINKED);
  users.push({ ...first, id: crypto.randomUUID(), phone_number: `+${LINKED}` });
  await service.call(fonnte.payload({ sender: LINKED, message: 'Halo' }));
  await after(0);
  t.same(operator.states(), ['ambiguous-user raised']);
  t.same(operator.told[0]?.detail.conversations, ['62812****0001']);
  t.notMatch(JSON.stringify(operator.told), LINKED);
  users.pop();
  await after(1);
  await service.call(fonnte.payload({ sender: LINKED, message: 'Halo lagi' }));
  await after(0);
  t.same(operator.states(), ['ambiguous-user raised', 'ambiguous-user over']);
});

t.test('below the reserve notices and alerts stop, and answers go on', async (t) => {
  const { operator, service, sentTo, fonnte, after } = await setUp(t, { MIN_QUOTA_RESERVE: 50 }, (world) => {
    world.fonnte.quota = 49;
  });
  t.same(operator.states(), ['quota-low raised'], 'the webhook still hears of it');
  t.same(sentTo(TARGET), []);
  const refused = await service.call(fonnte.payload({ sender: UNLINKED, message: 'Halo' }));
  t.equal(refused.body.code, 'NOT_LINKED');
  t.match(await service.waitForEvent('notice.suppressed'), { notice: 'not-linked' });
  await service.call(fonnte.payload({ sender: LINKED, message: 'Halo' }));
  await service.waitForEvent('turn.finished');
  t.equal(sentTo(LINKED).length, 1);
  t.same(sentTo(UNLINKED), []);
  fonnte.quota = 1000;
  await service.app.checkDevice();
  await after(1);
  t.match(sentTo(TARGET), [/sudah cukup/]);
  await service.call(fonnte.payload({ sender: UNLINKED, message: 'Halo?' }));
  await service.idle();
  t.equal(sentTo(UNLINKED).length, 1, 'who was not told before is told now');
});

t.test('a notice that was stored before the quota ran low is not sent either', async (t) => {
  const world = await startFakeUpstreams(t);
  const service = await startService(t, world, { MIN_QUOTA_RESERVE: 50 });
  const { fonnte } = world;
  const toSend = { match: ({ path }: { path: string }) => path === '/send' };
  await fonnte.fault({ kind: 'reject', body: { status: false, reason: 'busy' } }, toSend);
  await service.call(fonnte.payload({ sender: UNLINKED, message: 'Halo' }));
  await service.waitForEvent('turn.retrying');
  // FONNTE goes on refusing: a retry that comes before the quota is known sends nothing either.
  fonnte.quota = 49;
  await service.app.checkDevice();
  t.match(await service.waitForEvent('turn.dropped'), { reason: 'quota-reserved' });
  t.same(fonnte.sent, []);
});

t.test('an operator who does not take it is told at the next look; nothing of the address is in the log', async (t) => {
  const { operator, service, fonnte, after } = await setUp(t, { ALERT_TARGETS: '' });
  operator.status = 500;
  await service.call({ device: fonnte.device, status: 'disconnect' });
  t.match(await service.waitForEvent('alert.failed'), { channel: 'webhook', reason: 'http-500' });
  operator.status = 200;
  await after(1);
  t.same(operator.states(), ['device-disconnected raised']);
  t.notMatch(JSON.stringify(service.occurrences), /rahasia-operator|gangguan/);
});

t.test('a restart tells of no trouble a second time', async (t) => {
  const { operator, service, fonnte, alerts, ...world } = await setUp(t);
  await service.call({ device: fonnte.device, status: 'disconnect' });
  await alerts.check();
  fonnte.connected = false;
  await service.close();
  const again = await startService(
    t,
    { fonnte, gemini: world.gemini, supabase: world.supabase },
    {
      DATA_DIR: service.app.config.DATA_DIR,
      ALERT_WEBHOOK_URL: operator.url,
    },
  );
  await again.app.checkDevice();
  await again.app.alerts.check();
  t.same(operator.states(), ['device-disconnected raised']);
  fonnte.connected = true;
  await again.app.checkDevice();
  await again.app.alerts.check();
  t.same(operator.states(), ['device-disconnected raised', 'device-disconnected over']);
});
