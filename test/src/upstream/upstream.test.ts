import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import {
  CircuitOpenError,
  createUpstreamGuard,
  UpstreamCallError,
  UpstreamRejectedError,
} from '../../../src/upstream/upstream.ts';

const REST = { first: 40, longest: 80 };

function start(timeoutMs = 1000, monotonicNow?: () => number) {
  const events = createEvents();
  const told: EventRecord[] = [];
  events.on((occurrence) => told.push(occurrence));
  const clock = monotonicNow ? { monotonicNow } : {};
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs, events, restMs: REST, ...clock });
  const states = () => told.flatMap((event) => (event.type === 'breaker.changed' ? [event.state] : []));
  const outcomes = () => told.flatMap((event) => (event.type === 'upstream.called' ? [event.outcome] : []));
  const fail = (error: unknown = new Error('socket hang up')) =>
    upstream.call('send', () => Promise.reject(error)).catch((thrown) => thrown);
  const open = async () => {
    while (upstream.state() !== 'open') await fail();
  };
  return { upstream, states, outcomes, fail, open };
}

const refusal = (status?: number, permanent = false) =>
  new UpstreamRejectedError('fonnte', {
    reason: 'kata FONNTE',
    label: 'other',
    permanent,
    ...(status ? { status } : {}),
  });

t.test('a call is bounded as a whole, even where it does not listen to its signal', async (t) => {
  const { upstream, outcomes } = start(20);
  const error = await upstream.call('send', () => new Promise(() => {})).catch((thrown) => thrown);
  t.ok(error instanceof UpstreamCallError);
  t.match(error, { kind: 'timeout', upstream: 'fonnte', outcomeUnknown: true });
  t.same(outcomes(), ['timeout']);
});

t.test('a caller who gives up is told apart from a call that took too long, and opens no breaker', async (t) => {
  const { upstream } = start();
  for (let index = 0; index < 8; index++) {
    const controller = new AbortController();
    const call = upstream
      .call('send', () => new Promise(() => {}), { signal: controller.signal })
      .catch((thrown) => thrown);
    controller.abort();
    t.match(await call, { kind: 'aborted' });
  }
  t.equal(upstream.state(), 'closed');
  const gone = AbortSignal.abort();
  t.equal((await upstream.call('send', async () => 1, { signal: gone }).catch((thrown) => thrown)).kind, 'aborted');
});

t.test('a connection that was refused certainly did nothing; one that broke off may have', async (t) => {
  const { fail } = start();
  t.equal((await fail(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).outcomeUnknown, false);
  t.equal(
    (await fail(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) })))
      .outcomeUnknown,
    false,
  );
  t.equal((await fail(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).outcomeUnknown, true);
});

t.test('the breaker opens on what says that the upstream is ill, never on what concerns one request', async (t) => {
  for (const well of [refusal(), refusal(400, true), refusal(403, true), refusal(404)]) {
    const { upstream, fail } = start();
    for (let index = 0; index < 10; index++) await fail(well);
    t.equal(upstream.state(), 'closed', String(well.status));
  }
  for (const ill of [refusal(500), refusal(503), refusal(429), new Error('reset')]) {
    const { upstream, fail } = start();
    for (let index = 0; index < 5; index++) await fail(ill);
    t.equal(upstream.state(), 'open');
  }
  const { upstream, fail } = start();
  for (let index = 0; index < 12; index++) {
    await fail();
    if (index % 4 === 3) await upstream.call('send', async () => 'ok');
  }
  t.equal(upstream.state(), 'closed', 'an answer in between starts the count anew');
});

t.test('while it is open no call is made; then one probe is, and nobody waits for it', async (t) => {
  const { upstream, states, outcomes, open } = start();
  await open();
  let made = 0;
  const blocked = await upstream.call('send', async () => ++made).catch((thrown) => thrown);
  t.ok(blocked instanceof CircuitOpenError);
  t.equal(made, 0);
  t.ok(upstream.openForMs() > 0 && upstream.openForMs() <= REST.first);
  await pause(upstream.openForMs() + 1);
  t.equal(upstream.openForMs(), 0);
  const gate = Promise.withResolvers<string>();
  const probe = upstream.call('send', () => gate.promise);
  t.equal(upstream.state(), 'half-open');
  t.ok(upstream.openForMs() > 0);
  t.ok((await upstream.call('send', async () => ++made).catch((thrown) => thrown)) instanceof CircuitOpenError);
  gate.resolve('well');
  t.equal(await probe, 'well');
  t.equal(made, 0);
  t.same(states(), ['open', 'half-open', 'closed']);
  t.equal(outcomes().filter((outcome) => outcome === 'breaker-open').length, 2);
});

t.test(
  'a probe that fails makes the rest longer, up to its limit; one that is refused closes the breaker',
  async (t) => {
    const { upstream, fail, open } = start();
    await open();
    for (const rest of [80, 80]) {
      await pause(upstream.openForMs() + 1);
      await fail();
      t.equal(upstream.state(), 'open');
      t.ok(upstream.openForMs() > REST.first / 2 && upstream.openForMs() <= rest);
    }
    await pause(upstream.openForMs() + 1);
    await fail(refusal(400, true));
    t.equal(upstream.state(), 'closed', 'it answers, if only no');
  },
);

t.test('a rest is measured with the monotonic clock: the system time may jump in both directions', async (t) => {
  let monotonic = 0;
  const { upstream, open } = start(1000, () => monotonic);
  await open();
  const realNow = Date.now;
  t.teardown(() => {
    Date.now = realNow;
  });
  Date.now = () => realNow() + 3_600_000;
  const refused = await upstream.call('send', async () => 1).catch((thrown) => thrown);
  t.ok(refused instanceof CircuitOpenError, 'an hour forward ends no rest');
  Date.now = () => realNow() - 3_600_000;
  monotonic = REST.first;
  t.equal(upstream.openForMs(), 0);
  t.equal(await upstream.call('send', async () => 1), 1, 'an hour back prolongs no rest');
  t.equal(upstream.state(), 'closed');
});

t.test('a probe that its caller aborts opens the breaker again: it proves nothing', async (t) => {
  let monotonic = 0;
  const { upstream, open } = start(1000, () => monotonic);
  await open();
  monotonic = REST.first;
  const controller = new AbortController();
  const probe = upstream.call('send', () => new Promise(() => {}), { signal: controller.signal });
  t.equal(upstream.state(), 'half-open');
  controller.abort();
  t.match(await probe.catch((thrown) => thrown), { kind: 'aborted' });
  t.equal(upstream.state(), 'open');
  t.ok(upstream.openForMs() > 0);
});

t.test('the event of a breaker that belongs to a model names the model', async (t) => {
  const events = createEvents();
  const emitted: EventRecord[] = [];
  events.on((occurrence) => emitted.push(occurrence));
  const upstream = createUpstreamGuard({
    name: 'gemini',
    model: 'gemini-x',
    timeoutMs: 1000,
    events,
    failuresToOpen: 1,
  });
  await t.rejects(upstream.call('generate', () => Promise.reject(new Error('reset'))));
  t.match(
    emitted.filter(({ type }) => type === 'breaker.changed'),
    [{ upstream: 'gemini', model: 'gemini-x', state: 'open' }],
  );
});
