import t, { type Test } from 'tap';
import type { ActiveAlert, AlertStates } from '../../../src/alerts/conditions.ts';
import { type Alert, createAlertNotifier, MIN_ALERT_INTERVAL_MS } from '../../../src/alerts/notifier.ts';
import { StoreUnavailable } from '../../../src/errors.ts';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import type { SentAlert } from '../../../src/store/records.ts';
import { createManualClock } from '../../support/clock.ts';

const KIND = 'quota-low';

/** A notifier over states that the test sets, with a channel that records the alerts. */
function setUp(_: Test, { stored = [] as SentAlert[] } = {}) {
  const clock = createManualClock(1_800_000_000_000);
  const events = createEvents(clock.now);
  const emitted: EventRecord[] = [];
  events.on((event) => emitted.push(event));
  const conditions: AlertStates = new Map();
  const sent: Alert[] = [];
  const channel = { name: 'webhook' as const, canDeliver: true, works: true, storeWorks: true };
  const stop = new AbortController();
  const alerts = createAlertNotifier({
    readStates: async () => conditions,
    channels: [
      {
        name: channel.name,
        canDeliver: () => channel.canDeliver,
        async send(alert) {
          if (!channel.works) throw new Error('network');
          sent.push(alert);
        },
      },
    ],
    sentAlerts: {
      reserve: async () => true,
      release: async () => undefined,
      all: async () => stored.map((alert) => ({ ...alert })),
      async save(alert) {
        if (!channel.storeWorks) throw new StoreUnavailable('full');
        stored.splice(0, stored.length, ...stored.filter(({ kind }) => kind !== alert.kind), alert);
      },
    },
    events,
    now: clock.now,
    signal: stop.signal,
  });
  const active = (escalatedAt: number | null = null): ActiveAlert => ({ since: clock.now(), escalatedAt, detail: {} });
  const states = () => sent.map(({ state }) => state);
  return { alerts, conditions, clock, states, channel, emitted, stored, active, stop };
}

t.test('a condition is alerted once while it is active, and once when it is resolved', async (t) => {
  const { alerts, conditions, clock, states, active } = setUp(t);
  conditions.set(KIND, active());
  await alerts.check();
  clock.advance(24 * MIN_ALERT_INTERVAL_MS);
  await alerts.check();
  t.same(states(), ['firing']);
  conditions.set(KIND, 'resolved');
  await alerts.check();
  await alerts.check();
  t.same(states(), ['firing', 'resolved']);
});

t.test('a condition that comes and goes is alerted at most once in 15 minutes', async (t) => {
  const { alerts, conditions, clock, states, active } = setUp(t);
  for (let minute = 0; minute < 15; minute += 1) {
    conditions.set(KIND, minute % 2 === 0 ? active() : 'resolved');
    await alerts.check();
    clock.advance(MIN_ALERT_INTERVAL_MS / 15);
  }
  t.same(states(), ['firing', 'resolved']);
  await alerts.check();
  t.same(states(), ['firing', 'resolved', 'firing'], 'it is active again after 15 minutes');
});

t.test('a condition that escalates is alerted again, but not within 15 minutes', async (t) => {
  const { alerts, conditions, clock, states, active } = setUp(t);
  conditions.set(KIND, active());
  await alerts.check();
  clock.advance(MIN_ALERT_INTERVAL_MS - 1);
  conditions.set(KIND, active(clock.now()));
  await alerts.check();
  t.same(states(), ['firing']);
  clock.advance(1);
  await alerts.check();
  t.same(states(), ['firing', 'firing']);
});

t.test('a clock that was set back delays no alert', async (t) => {
  const { alerts, conditions, clock, states, active } = setUp(t);
  const first = active(clock.now());
  conditions.set(KIND, first);
  await alerts.check();
  clock.advance(-4 * MIN_ALERT_INTERVAL_MS);
  await alerts.check();
  t.same(states(), ['firing'], 'an unchanged condition is not alerted again');
  conditions.set(KIND, { ...first, escalatedAt: clock.now() });
  await alerts.check();
  await alerts.check();
  t.same(states(), ['firing', 'firing']);
});

t.test('an alert that no channel delivered is sent at the next check', async (t) => {
  const { alerts, conditions, states, channel, emitted, active } = setUp(t);
  channel.works = false;
  conditions.set(KIND, active());
  await alerts.check();
  t.match(emitted, [{ type: 'alert.failed', kind: KIND, channel: 'webhook', reason: 'network' }]);
  channel.works = true;
  await alerts.check();
  t.same(states(), ['firing']);
  channel.works = false;
  conditions.set(KIND, 'resolved');
  await alerts.check();
  channel.works = true;
  await alerts.check();
  t.same(states(), ['firing', 'resolved']);
});

t.test('after a restart no alert is repeated, and a condition alerted before is resolved', async (t) => {
  const { alerts, conditions, stored, active } = setUp(t);
  conditions.set(KIND, active());
  await alerts.check();
  const later = setUp(t, { stored });
  later.clock.advance(2 * MIN_ALERT_INTERVAL_MS);
  later.conditions.set(KIND, later.active());
  await later.alerts.check();
  t.same(later.states(), [], 'the condition was already alerted');
  later.conditions.set(KIND, 'resolved');
  await later.alerts.check();
  t.same(later.states(), ['resolved']);
  const after = setUp(t, { stored });
  after.conditions.set(KIND, 'resolved');
  await after.alerts.check();
  t.same(after.states(), [], 'resolved is sent once');
  after.conditions.set(KIND, after.active());
  await after.alerts.check();
  t.same(after.states(), [], 'the 15 minutes include the restart');
  after.clock.advance(MIN_ALERT_INTERVAL_MS);
  await after.alerts.check();
  t.same(after.states(), ['firing']);
});

t.test('an alert without a channel emits no event', async (t) => {
  const { alerts, conditions, emitted, channel, active } = setUp(t);
  channel.canDeliver = false;
  conditions.set(KIND, active());
  await alerts.check();
  t.same(emitted, []);
});

t.test('no alert is sent after the process began to stop', async (t) => {
  const { alerts, conditions, states, active, stop } = setUp(t);
  conditions.set(KIND, active());
  stop.abort();
  await alerts.check();
  t.same(states(), []);
});

t.test('an unknown state neither fires nor resolves an alert', async (t) => {
  const { alerts, conditions, states, active } = setUp(t);
  conditions.set(KIND, active());
  await alerts.check();
  conditions.delete(KIND);
  await alerts.check();
  t.same(states(), ['firing']);
});

t.test('an alert is sent once even if the store cannot save it', async (t) => {
  const { alerts, conditions, states, channel, active } = setUp(t);
  channel.storeWorks = false;
  conditions.set('store-failed', active());
  conditions.set(KIND, active());
  await alerts.check();
  await alerts.check();
  t.same(states(), ['firing', 'firing'], 'one of each');
});

t.test('checks requested during a check share one further check', async (t) => {
  const { alerts, conditions, states, active } = setUp(t);
  conditions.set(KIND, active());
  const first = alerts.check();
  conditions.set('inbox-late', active());
  await Promise.all([first, alerts.check(), alerts.check()]);
  t.same(states(), ['firing', 'firing']);
});
