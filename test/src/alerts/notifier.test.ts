import t, { type Test } from 'tap';
import type { ActiveAlert, AlertStates } from '../../../src/alerts/conditions.ts';
import { type Alert, createAlertNotifier, MIN_ALERT_INTERVAL_MS } from '../../../src/alerts/notifier.ts';
import { StoreUnavailable } from '../../../src/errors.ts';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import type { SentAlert } from '../../../src/store/types.ts';
import { heldClock } from '../../support/clock.ts';

const KIND = 'quota-low';

/** Alerts over a trouble that the test holds, and a channel that writes down what it is told. */
function setUp(_: Test, { kept = [] as SentAlert[] } = {}) {
  const clock = heldClock(1_800_000_000_000);
  const events = createEvents(clock.now);
  const happened: EventRecord[] = [];
  events.on((occurrence) => happened.push(occurrence));
  const standing: AlertStates = new Map();
  const said: Alert[] = [];
  const channel = { name: 'webhook' as const, takes: true, works: true, storeWorks: true };
  const stop = new AbortController();
  const alerts = createAlertNotifier({
    standing: async () => standing,
    channels: [
      {
        name: channel.name,
        canDeliver: () => channel.takes,
        async send(alert) {
          if (!channel.works) throw new Error('network');
          said.push(alert);
        },
      },
    ],
    told: {
      all: async () => kept.map((alert) => ({ ...alert })),
      async save(alert) {
        if (!channel.storeWorks) throw new StoreUnavailable('full');
        kept.splice(0, kept.length, ...kept.filter(({ kind }) => kind !== alert.kind), alert);
      },
    },
    events,
    now: clock.now,
    signal: stop.signal,
  });
  const trouble = (escalatedAt: number | null = null): ActiveAlert => ({ since: clock.now(), escalatedAt, detail: {} });
  const states = () => said.map(({ state }) => state);
  return { alerts, standing, clock, states, channel, happened, kept, trouble, stop };
}

t.test('a trouble is told once while it stands, and once when it is over', async (t) => {
  const { alerts, standing, clock, states, trouble } = setUp(t);
  standing.set(KIND, trouble());
  await alerts.check();
  clock.advance(24 * MIN_ALERT_INTERVAL_MS);
  await alerts.check();
  t.same(states(), ['firing']);
  standing.set(KIND, 'resolved');
  await alerts.check();
  await alerts.check();
  t.same(states(), ['firing', 'resolved']);
});

t.test('one that comes and goes is told at most once in a quarter of an hour', async (t) => {
  const { alerts, standing, clock, states, trouble } = setUp(t);
  for (let minute = 0; minute < 15; minute += 1) {
    standing.set(KIND, minute % 2 === 0 ? trouble() : 'resolved');
    await alerts.check();
    clock.advance(MIN_ALERT_INTERVAL_MS / 15);
  }
  t.same(states(), ['firing', 'resolved']);
  await alerts.check();
  t.same(states(), ['firing', 'resolved', 'firing'], 'and it stands when the quarter has passed');
});

t.test('one that gets worse is told again, but not within a quarter of an hour', async (t) => {
  const { alerts, standing, clock, states, trouble } = setUp(t);
  standing.set(KIND, trouble());
  await alerts.check();
  clock.advance(MIN_ALERT_INTERVAL_MS - 1);
  standing.set(KIND, trouble(clock.now()));
  await alerts.check();
  t.same(states(), ['firing']);
  clock.advance(1);
  await alerts.check();
  t.same(states(), ['firing', 'firing']);
});

t.test('a clock that was set back delays no alert', async (t) => {
  const { alerts, standing, clock, states, trouble } = setUp(t);
  const first = trouble(clock.now());
  standing.set(KIND, first);
  await alerts.check();
  clock.advance(-4 * MIN_ALERT_INTERVAL_MS);
  await alerts.check();
  t.same(states(), ['firing'], 'what has not changed is not sent again');
  standing.set(KIND, { ...first, escalatedAt: clock.now() });
  await alerts.check();
  await alerts.check();
  t.same(states(), ['firing', 'firing']);
});

t.test('what no channel took is told at the next look', async (t) => {
  const { alerts, standing, states, channel, happened, trouble } = setUp(t);
  channel.works = false;
  standing.set(KIND, trouble());
  await alerts.check();
  t.match(happened, [{ type: 'alert.failed', kind: KIND, channel: 'webhook', reason: 'network' }]);
  channel.works = true;
  await alerts.check();
  t.same(states(), ['firing']);
  channel.works = false;
  standing.set(KIND, 'resolved');
  await alerts.check();
  channel.works = true;
  await alerts.check();
  t.same(states(), ['firing', 'resolved']);
});

t.test('a restart tells nothing twice, and the end of what was told before it', async (t) => {
  const { alerts, standing, kept, trouble } = setUp(t);
  standing.set(KIND, trouble());
  await alerts.check();
  const later = setUp(t, { kept });
  later.clock.advance(2 * MIN_ALERT_INTERVAL_MS);
  later.standing.set(KIND, later.trouble());
  await later.alerts.check();
  t.same(later.states(), [], 'it is the same trouble, however long ago it was told');
  later.standing.set(KIND, 'resolved');
  await later.alerts.check();
  t.same(later.states(), ['resolved']);
  const after = setUp(t, { kept });
  after.standing.set(KIND, 'resolved');
  await after.alerts.check();
  t.same(after.states(), [], 'an end is told once');
  after.standing.set(KIND, after.trouble());
  await after.alerts.check();
  t.same(after.states(), [], 'and the quarter of an hour counts across it');
  after.clock.advance(MIN_ALERT_INTERVAL_MS);
  await after.alerts.check();
  t.same(after.states(), ['firing']);
});

t.test('what nobody could be told is not said to be told', async (t) => {
  const { alerts, standing, happened, channel, trouble } = setUp(t);
  channel.takes = false;
  standing.set(KIND, trouble());
  await alerts.check();
  t.same(happened, []);
});

t.test('nothing more is told once the process ends', async (t) => {
  const { alerts, standing, states, trouble, stop } = setUp(t);
  standing.set(KIND, trouble());
  stop.abort();
  await alerts.check();
  t.same(states(), []);
});

t.test('what is not known is neither trouble nor over', async (t) => {
  const { alerts, standing, states, trouble } = setUp(t);
  standing.set(KIND, trouble());
  await alerts.check();
  standing.delete(KIND);
  await alerts.check();
  t.same(states(), ['firing']);
});

t.test('without a store that keeps it, it is told all the same, once', async (t) => {
  const { alerts, standing, states, channel, trouble } = setUp(t);
  channel.storeWorks = false;
  standing.set('store-failed', trouble());
  standing.set(KIND, trouble());
  await alerts.check();
  await alerts.check();
  t.same(states(), ['firing', 'firing'], 'one of each');
});

t.test('looks that are asked for while one is under way become one more', async (t) => {
  const { alerts, standing, states, trouble } = setUp(t);
  standing.set(KIND, trouble());
  const first = alerts.check();
  standing.set('inbox-late', trouble());
  await Promise.all([first, alerts.check(), alerts.check()]);
  t.same(states(), ['firing', 'firing']);
});
