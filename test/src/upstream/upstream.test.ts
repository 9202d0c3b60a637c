import t from 'tap';
import { createEvents, type EventRecord } from '../../../src/events.ts';
import { CircuitOpenError, UpstreamCallError, UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { createUpstreamGuard } from '../../../src/upstream/upstream.ts';

/** Open periods, in ms. */
const OPEN_MS = { first: 40, max: 100 };

/** Creates a guard with a clock that only `pass` moves. */
function start(timeoutMs = 1000) {
  let monotonic = 0;
  const events = createEvents();
  const emitted: EventRecord[] = [];
  events.on((event) => emitted.push(event));
  const monotonicNow = () => monotonic;
  const upstream = createUpstreamGuard({ name: 'fonnte', timeoutMs, events, openMs: OPEN_MS, monotonicNow });
  const states = () => emitted.flatMap((event) => (event.type === 'breaker.changed' ? [event.state] : []));
  const outcomes = () => emitted.flatMap((event) => (event.type === 'upstream.called' ? [event.outcome] : []));
  const fail = (error: unknown = new Error('socket hang up')) =>
    upstream.call('send', () => Promise.reject(error)).catch((thrown) => thrown);
  const open = async () => {
    while (upstream.state() !== 'open') await fail();
  };
  const pass = (ms: number) => {
    monotonic += ms;
  };
  return { upstream, states, outcomes, fail, open, pass };
}

const rejection = (status?: number, permanent = false) =>
  new UpstreamRejectedError('fonnte', {
    reason: 'kata FONNTE',
    label: 'other',
    permanent,
    ...(status ? { status } : {}),
  });

t.test('a call ends at its timeout, even if it ignores its signal', async (t) => {
  const { upstream, outcomes } = start(20);
  const error = await upstream.call('send', () => new Promise(() => {})).catch((thrown) => thrown);
  t.ok(error instanceof UpstreamCallError);
  t.match(error, { kind: 'timeout', upstream: 'fonnte', outcomeUnknown: true });
  t.same(outcomes(), ['timeout']);
});

t.test('a call that its caller aborts is not a timeout and does not open the breaker', async (t) => {
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

t.test('the outcome of a call is unknown unless no connection was opened', async (t) => {
  const { fail } = start();
  t.equal((await fail(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).outcomeUnknown, false);
  t.equal(
    (await fail(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) })))
      .outcomeUnknown,
    false,
  );
  t.equal((await fail(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).outcomeUnknown, true);
});

t.test('the breaker opens on network errors, 5xx and 429, not on rejections of one request', async (t) => {
  for (const error of [rejection(), rejection(400, true), rejection(403, true), rejection(404)]) {
    const { upstream, fail } = start();
    for (let index = 0; index < 10; index++) await fail(error);
    t.equal(upstream.state(), 'closed', String(error.status));
  }
  for (const error of [rejection(500), rejection(503), rejection(429), new Error('reset')]) {
    const { upstream, fail } = start();
    for (let index = 0; index < 5; index++) await fail(error);
    t.equal(upstream.state(), 'open');
  }
  const { upstream, fail } = start();
  for (let index = 0; index < 12; index++) {
    await fail();
    if (index % 4 === 3) await upstream.call('send', async () => 'ok');
  }
  t.equal(upstream.state(), 'closed', 'a success resets the count');
});

t.test('an open breaker sends no request; then it sends one probe, for which no other caller waits', async (t) => {
  const { upstream, states, outcomes, open, pass } = start();
  await open();
  let sent = 0;
  const blocked = await upstream.call('send', async () => ++sent).catch((thrown) => thrown);
  t.ok(blocked instanceof CircuitOpenError);
  t.equal(sent, 0);
  t.equal(upstream.openForMs(), OPEN_MS.first);
  pass(OPEN_MS.first - 1);
  t.equal(upstream.openForMs(), 1);
  pass(1);
  t.equal(upstream.openForMs(), 0);
  const gate = Promise.withResolvers<string>();
  const probe = upstream.call('send', () => gate.promise);
  t.equal(upstream.state(), 'half-open');
  t.ok(upstream.openForMs() > 0);
  t.ok((await upstream.call('send', async () => ++sent).catch((thrown) => thrown)) instanceof CircuitOpenError);
  gate.resolve('ok');
  t.equal(await probe, 'ok');
  t.equal(sent, 0);
  t.same(states(), ['open', 'half-open', 'closed']);
  t.equal(outcomes().filter((outcome) => outcome === 'breaker-open').length, 2);
});

t.test('a failed probe doubles the open period, up to the maximum; a rejected probe closes the breaker', async (t) => {
  const { upstream, fail, open, pass } = start();
  await open();
  for (const openMs of [2 * OPEN_MS.first, OPEN_MS.max]) {
    pass(upstream.openForMs());
    await fail();
    t.equal(upstream.state(), 'open');
    t.equal(upstream.openForMs(), openMs);
  }
  pass(upstream.openForMs());
  await fail(rejection(400, true));
  t.equal(upstream.state(), 'closed', 'the upstream responds');
});

t.test('the open period is measured with the monotonic clock, so the system time may change', async (t) => {
  const { upstream, open, pass } = start();
  await open();
  const realNow = Date.now;
  t.teardown(() => {
    Date.now = realNow;
  });
  Date.now = () => realNow() + 3_600_000;
  const error = await upstream.call('send', async () => 1).catch((thrown) => thrown);
  t.ok(error instanceof CircuitOpenError, 'an hour forward');
  Date.now = () => realNow() - 3_600_000;
  pass(OPEN_MS.first);
  t.equal(upstream.openForMs(), 0);
  t.equal(await upstream.call('send', async () => 1), 1, 'an hour back');
  t.equal(upstream.state(), 'closed');
});

t.test('a probe that its caller aborts opens the breaker again', async (t) => {
  const { upstream, open, pass } = start();
  await open();
  pass(OPEN_MS.first);
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
