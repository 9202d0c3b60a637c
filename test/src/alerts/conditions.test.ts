import t from 'tap';
import { createConditions } from '../../../src/alerts/conditions.ts';
import type { ServiceEvent } from '../../../src/events.ts';
import { createManualClock } from '../../support/clock.ts';

const MINUTE_MS = 60_000;

function setUp({ inactivityMinutes = 0 } = {}) {
  const clock = createManualClock(1_800_000_000_000);
  const store = { status: 'ok', quarantined: 0, oldestAt: null as number | null, deadLetters: 0 };
  const conditions = createConditions({
    inboxStatus: async () => store,
    storeStatus: () => store.status,
    quarantinedFiles: () => store.quarantined,
    now: clock.now,
    quotaBelow: 100,
    inactivityMinutes,
    timezone: 'Asia/Jakarta',
  });
  const emit = (event: ServiceEvent) => conditions.listener({ ...event, at: clock.now() });
  const emitFor = (conversation: string, event: ServiceEvent) =>
    conditions.listener({ ...event, conversation, at: clock.now() });
  const called = (upstream: 'gemini' | 'fonnte', outcome: 'ok' | 'rejected', reason = 'none') =>
    emit({ type: 'upstream.called', upstream, operation: 'send', outcome, reason, durationMs: 1 });
  return { clock, store, emit, emitFor, called, readStates: conditions.readStates };
}

t.test('a failing store fires its alert; the inbox is then unknown', async (t) => {
  const { store, readStates, clock } = setUp();
  Object.assign(store, { status: 'full', deadLetters: 3 });
  const first = await readStates();
  t.match(first.get('store-failed'), { since: clock.now(), detail: { condition: 'full' } });
  t.equal(first.get('dead-letter'), undefined);
  clock.advance(MINUTE_MS);
  t.match((await readStates()).get('store-failed'), { since: clock.now() - MINUTE_MS }, '`since` is kept');
  store.status = 'ok';
  t.equal((await readStates()).get('store-failed'), 'resolved');
});

t.test('a quarantined database keeps its alert active until it is removed', async (t) => {
  const { store, readStates } = setUp();
  t.equal((await readStates()).get('store-quarantined'), 'resolved');
  store.quarantined = 1;
  t.match((await readStates()).get('store-quarantined'), { detail: { files: 1 } });
  store.quarantined = 0;
  t.equal((await readStates()).get('store-quarantined'), 'resolved');
});

t.test('an ambiguous number is resolved when it belongs to at most one user', async (t) => {
  for (const now of [
    { linked: true, approved: true, matches: 1 },
    { linked: false, approved: false, matches: 0 },
  ]) {
    const { emitFor, readStates } = setUp();
    const conversation = '62812****0001';
    const two = { linked: false, approved: false, matches: 2, durationMs: 1 };
    emitFor(conversation, { type: 'user.identified', ...two });
    emitFor(conversation, { type: 'user.ambiguous', matches: 2 });
    const first = (await readStates()).get('ambiguous-user');
    t.match(first, { detail: { conversations: [conversation] } });
    emitFor(conversation, { type: 'user.identified', ...two });
    emitFor(conversation, { type: 'user.ambiguous', matches: 2 });
    t.same((await readStates()).get('ambiguous-user'), first, 'a further message does not escalate it');
    emitFor(conversation, { type: 'user.identified', ...now, durationMs: 1 });
    t.equal((await readStates()).get('ambiguous-user'), 'resolved');
  }
});

t.test('open and half-open are one outage; before the first call the state is unknown', async (t) => {
  const { emit, called, readStates, clock } = setUp();
  t.equal((await readStates()).get('gemini-down'), undefined);
  called('gemini', 'ok');
  t.equal((await readStates()).get('gemini-down'), 'resolved');
  const since = clock.now();
  emit({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  clock.advance(3 * MINUTE_MS);
  emit({ type: 'breaker.changed', upstream: 'gemini', state: 'half-open' });
  emit({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  clock.advance(2 * MINUTE_MS);
  t.match((await readStates()).get('gemini-down'), { since });
  emit({ type: 'breaker.changed', upstream: 'gemini', state: 'closed' });
  t.equal((await readStates()).get('gemini-down'), 'resolved');
});

t.test('a clock that was set back delays no outage alert and causes no inactivity alert', async (t) => {
  const { emit, readStates, store, clock } = setUp({ inactivityMinutes: 60 });
  emit({ type: 'message.accepted', seq: 1, waitedForIdentity: false });
  emit({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  store.oldestAt = clock.now();
  clock.advance(-60 * MINUTE_MS);
  const states = await readStates();
  t.match(states.get('gemini-down'), { escalatedAt: null });
  t.match(states.get('inbox-late'), { escalatedAt: null });
  t.equal(states.get('inactivity'), 'resolved');
});

t.test('the open breaker of one model is not an outage of Gemini', async (t) => {
  const { emit, readStates, clock } = setUp();
  emit({ type: 'breaker.changed', upstream: 'gemini', model: 'gemini-3.8-flash', state: 'open' });
  clock.advance(10 * MINUTE_MS);
  t.equal((await readStates()).get('gemini-down'), undefined);
  emit({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  emit({ type: 'breaker.changed', upstream: 'gemini', model: 'gemini-3.8-flash', state: 'closed' });
  clock.advance(5 * MINUTE_MS);
  t.match((await readStates()).get('gemini-down'), { detail: {} }, 'only the breaker of Gemini as a whole resolves it');
});

t.test('a rejected token is resolved by a success, not by other rejections', async (t) => {
  const { called, readStates } = setUp();
  called('fonnte', 'rejected', 'target');
  t.equal((await readStates()).get('token-rejected'), undefined);
  called('fonnte', 'rejected', 'token');
  t.match((await readStates()).get('token-rejected'), { detail: {} });
  called('fonnte', 'rejected', 'target');
  t.match((await readStates()).get('token-rejected'), { detail: {} });
  called('fonnte', 'ok');
  t.equal((await readStates()).get('token-rejected'), 'resolved');
});

t.test('a send rejected because of a disconnected device fires the alert of the device', async (t) => {
  const { called, emit, readStates } = setUp();
  called('fonnte', 'rejected', 'disconnected');
  t.match((await readStates()).get('device-disconnected'), { detail: {} });
  emit({ type: 'part.sent', part: 1, of: 1, durationMs: 1 });
  t.equal((await readStates()).get('device-disconnected'), 'resolved');
});

t.test('the package alert fires a week before its end, the quota alert below its limit', async (t) => {
  const { emit, readStates } = setUp();
  emit({ type: 'device.checked', status: 'connect', quota: 100, daysLeft: 8 });
  t.equal((await readStates()).get('quota-low'), 'resolved');
  t.equal((await readStates()).get('package-expiring'), 'resolved');
  emit({ type: 'device.checked', status: 'connect', quota: 99, daysLeft: 7 });
  t.match((await readStates()).get('quota-low'), { detail: { quota: 99 } });
  t.match((await readStates()).get('package-expiring'), { detail: { daysLeft: 7 } });
  emit({ type: 'device.checked', status: 'unknown', quota: null, daysLeft: null });
  t.match((await readStates()).get('quota-low'), { detail: { quota: 99 } }, 'an unknown value changes nothing');
});

t.test('a condition of several devices names them, escalates with each, and is resolved with the last', async (t) => {
  const { emit, readStates, clock } = setUp();
  const state = async () => (await readStates()).get('device-disconnected');
  const since = clock.now();
  emit({ type: 'device.status', device: 2, status: 'disconnect' });
  t.match(await state(), { since, escalatedAt: null, detail: { devices: ['2'] } });
  emit({ type: 'device.status', device: 1, status: 'connect' });
  t.match(await state(), { since }, 'another device is connected');
  clock.advance(MINUTE_MS);
  emit({ type: 'device.status', device: 1, status: 'disconnect' });
  t.match(await state(), { since, escalatedAt: clock.now(), detail: { devices: ['1', '2'] } });
  emit({ type: 'device.status', device: 2, status: 'connect' });
  t.match(await state(), { detail: { devices: ['1'] } });
  emit({ type: 'device.status', device: 1, status: 'connect' });
  t.equal(await state(), 'resolved');
});

t.test('an alert about the quota of several devices shows the lowest', async (t) => {
  const { emit, readStates } = setUp();
  for (const [device, quota] of [
    [1, 30],
    [2, 20],
    [3, 500],
  ] as const)
    emit({ type: 'device.checked', device, status: 'connect', quota, daysLeft: null });
  t.match((await readStates()).get('quota-low'), { detail: { quota: 20, devices: ['1', '2'] } });
});

t.test('FONNTE is down while the circuit breaker of one device is open', async (t) => {
  const { emit, readStates, clock } = setUp();
  const change = (device: number, state: 'open' | 'closed') =>
    emit({ type: 'breaker.changed', upstream: 'fonnte', device, state });
  change(2, 'open');
  clock.advance(5 * MINUTE_MS);
  change(1, 'open');
  change(1, 'closed');
  t.match((await readStates()).get('fonnte-down'), { since: clock.now() - 5 * MINUTE_MS, detail: { devices: ['2'] } });
  change(2, 'closed');
  t.equal((await readStates()).get('fonnte-down'), 'resolved');
});
