import t from 'tap';
import { createConditions } from '../../../src/alerts/conditions.ts';
import type { ServiceEvent } from '../../../src/events.ts';
import { heldClock } from '../../support/clock.ts';

const MINUTE_MS = 60_000;

function setUp({ silenceMinutes = 0 } = {}) {
  const clock = heldClock(1_800_000_000_000);
  const stored = { condition: 'ok', setAside: 0, oldestAt: null as number | null, deadLetters: 0 };
  const conditions = createConditions(
    { inbox: async () => stored, store: () => stored.condition, setAside: () => stored.setAside, now: clock.now },
    { quotaBelow: 100, silenceMinutes, timezone: 'Asia/Jakarta' },
  );
  const happen = (event: ServiceEvent) => conditions.listener({ ...event, at: clock.now() });
  const happenIn = (conversation: string, event: ServiceEvent) =>
    conditions.listener({ ...event, conversation, at: clock.now() });
  const called = (upstream: 'gemini' | 'fonnte', outcome: 'ok' | 'rejected', reason = 'none') =>
    happen({ type: 'upstream.called', upstream, operation: 'send', outcome, reason, durationMs: 1 });
  return { clock, stored, happen, happenIn, called, standing: conditions.standing };
}

t.test('a store that fails is told, and nothing that it would have to say', async (t) => {
  const { stored, standing, clock } = setUp();
  Object.assign(stored, { condition: 'full', deadLetters: 3 });
  const first = await standing();
  t.match(first.get('store-failed'), { since: clock.now(), detail: { condition: 'full' } });
  t.equal(first.get('dead-letter'), undefined);
  clock.advance(MINUTE_MS);
  t.match((await standing()).get('store-failed'), { since: clock.now() - MINUTE_MS }, 'it keeps its beginning');
  stored.condition = 'ok';
  t.equal((await standing()).get('store-failed'), 'resolved');
});

t.test('a database that was set aside is told until it is dealt with', async (t) => {
  const { stored, standing } = setUp();
  t.equal((await standing()).get('store-quarantined'), 'resolved');
  stored.setAside = 1;
  t.match((await standing()).get('store-quarantined'), { detail: { files: 1 } });
  stored.setAside = 0;
  t.equal((await standing()).get('store-quarantined'), 'resolved');
});

t.test('a number of two users is no trouble any more when it is one of one, or of none', async (t) => {
  for (const now of [
    { linked: true, approved: true, matches: 1 },
    { linked: false, approved: false, matches: 0 },
  ]) {
    const { happenIn, standing } = setUp();
    const conversation = '62812****0001';
    const two = { linked: false, approved: false, matches: 2, durationMs: 1 };
    happenIn(conversation, { type: 'user.identified', ...two });
    happenIn(conversation, { type: 'user.ambiguous', matches: 2 });
    const told = (await standing()).get('ambiguous-user');
    t.match(told, { detail: { conversations: [conversation] } });
    happenIn(conversation, { type: 'user.identified', ...two });
    happenIn(conversation, { type: 'user.ambiguous', matches: 2 });
    t.same((await standing()).get('ambiguous-user'), told, 'it is not told with every message');
    happenIn(conversation, { type: 'user.identified', ...now, durationMs: 1 });
    t.equal((await standing()).get('ambiguous-user'), 'resolved');
  }
});

t.test('a breaker that opens and half opens is one outage; nothing is known before the first call', async (t) => {
  const { happen, called, standing, clock } = setUp();
  t.equal((await standing()).get('gemini-down'), undefined);
  called('gemini', 'ok');
  t.equal((await standing()).get('gemini-down'), 'resolved');
  const since = clock.now();
  happen({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  clock.advance(3 * MINUTE_MS);
  happen({ type: 'breaker.changed', upstream: 'gemini', state: 'half-open' });
  happen({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  clock.advance(2 * MINUTE_MS);
  t.match((await standing()).get('gemini-down'), { since });
  happen({ type: 'breaker.changed', upstream: 'gemini', state: 'closed' });
  t.equal((await standing()).get('gemini-down'), 'resolved');
});

t.test('a clock that was set back delays no alert of an outage, and reports no silence', async (t) => {
  const { happen, standing, stored, clock } = setUp({ silenceMinutes: 60 });
  happen({ type: 'message.accepted', seq: 1, waitedForIdentity: false });
  happen({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  stored.oldestAt = clock.now();
  clock.advance(-60 * MINUTE_MS);
  const standsNow = await standing();
  t.match(standsNow.get('gemini-down'), { escalatedAt: null });
  t.match(standsNow.get('inbox-late'), { escalatedAt: null });
  t.equal(standsNow.get('inactivity'), 'resolved');
});

t.test('the breaker of one model is no outage of Gemini', async (t) => {
  const { happen, standing, clock } = setUp();
  happen({ type: 'breaker.changed', upstream: 'gemini', model: 'gemini-3.8-flash', state: 'open' });
  clock.advance(10 * MINUTE_MS);
  t.equal((await standing()).get('gemini-down'), undefined);
  happen({ type: 'breaker.changed', upstream: 'gemini', state: 'open' });
  happen({ type: 'breaker.changed', upstream: 'gemini', model: 'gemini-3.8-flash', state: 'closed' });
  clock.advance(5 * MINUTE_MS);
  t.match((await standing()).get('gemini-down'), { detail: {} }, 'only the state of all models ends it');
});

t.test('a token is rejected until FONNTE takes it; other refusals say nothing of it', async (t) => {
  const { called, standing } = setUp();
  called('fonnte', 'rejected', 'target');
  t.equal((await standing()).get('token-rejected'), undefined);
  called('fonnte', 'rejected', 'token');
  t.match((await standing()).get('token-rejected'), { detail: {} });
  called('fonnte', 'rejected', 'target');
  t.match((await standing()).get('token-rejected'), { detail: {} });
  called('fonnte', 'ok');
  t.equal((await standing()).get('token-rejected'), 'resolved');
});

t.test('a send refused for a disconnected device tells of the device', async (t) => {
  const { called, happen, standing } = setUp();
  called('fonnte', 'rejected', 'disconnected');
  t.match((await standing()).get('device-disconnected'), { detail: {} });
  happen({ type: 'part.sent', part: 1, of: 1, durationMs: 1 });
  t.equal((await standing()).get('device-disconnected'), 'resolved');
});

t.test('a package that ends within a week, and a quota below its limit', async (t) => {
  const { happen, standing } = setUp();
  happen({ type: 'device.checked', status: 'connect', quota: 100, daysLeft: 8 });
  t.equal((await standing()).get('quota-low'), 'resolved');
  t.equal((await standing()).get('package-expiring'), 'resolved');
  happen({ type: 'device.checked', status: 'connect', quota: 99, daysLeft: 7 });
  t.match((await standing()).get('quota-low'), { detail: { quota: 99 } });
  t.match((await standing()).get('package-expiring'), { detail: { daysLeft: 7 } });
  happen({ type: 'device.checked', status: 'unknown', quota: null, daysLeft: null });
  t.match((await standing()).get('quota-low'), { detail: { quota: 99 } }, 'what is not said changes nothing');
});
