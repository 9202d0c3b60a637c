import fc from 'fast-check';
import t from 'tap';
import { addFailure, decideRetry, type RetryDecision } from '../../../src/conversation/retry-policy.ts';
import { CircuitOpenError, UpstreamCallError, UpstreamRejectedError } from '../../../src/upstream/errors.ts';
import { buildTurn } from '../../support/turn-fixture.ts';

const HOUR = 60 * 60 * 1000;
const NOW = 1_800_000_000_000;
const usual = { now: NOW, leftMs: 100_000, openForMs: 0, isDisconnected: false, random: () => 0.999_999 };
const busy = new UpstreamRejectedError('fonnte', { reason: 'server busy', label: 'other', permanent: false });
const delayOf = (verdict: RetryDecision) => (verdict.kind === 'retry' ? verdict.delayMs : Number.NaN);

t.test('sends are retried after 2 s, doubling, at most a minute, with full jitter', async (t) => {
  const sending = (sendFailures: number) => buildTurn({ parts: ['x'], sendFailures, failingSince: NOW - 1000 });
  const longest = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => delayOf(decideRetry(busy, sending(failures), usual)));
  t.same(longest, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  t.equal(delayOf(decideRetry(busy, sending(3), { ...usual, random: () => 0 })), 0);
});

t.test('a turn keeps its last twenty failures, oldest first', async (t) => {
  let turn = buildTurn({});
  for (let index = 0; index < 25; index += 1)
    turn = { ...turn, history: addFailure(turn, { at: NOW, upstream: 'gemini', reason: `galat ${index}` }) };
  t.same(
    turn.history.map(({ reason }) => reason),
    Array.from({ length: 20 }, (_, index) => `galat ${index + 5}`),
  );
});

t.test('sends are given up after an hour, while the device is disconnected after a day', async (t) => {
  const failing = (ms: number) => buildTurn({ parts: ['x'], sendFailures: 9, failingSince: NOW - ms });
  t.equal(decideRetry(busy, failing(HOUR - 1), usual).kind, 'retry');
  t.equal(decideRetry(busy, failing(HOUR + 1), usual).kind, 'dead-letter');
  t.equal(decideRetry(busy, failing(HOUR + 1), { ...usual, isDisconnected: true }).kind, 'retry');
  t.equal(decideRetry(busy, failing(24 * HOUR + 1), { ...usual, isDisconnected: true }).kind, 'dead-letter');
});

t.test('neither downtime nor a disconnected device uses up the hour of a send', async (t) => {
  const sending = { parts: ['x'], sendFailures: 9, failingSince: NOW - 5 * HOUR };
  t.equal(
    decideRetry(busy, buildTurn({ ...sending, retryAt: NOW - 1000 }), usual).kind,
    'dead-letter',
    'tried all the time',
  );
  const asleep = decideRetry(busy, buildTurn({ ...sending, retryAt: NOW - 4 * HOUR }), usual);
  t.match(asleep, { kind: 'retry', failingSince: NOW }, 'without further attempts');
  const history = [{ at: NOW - 60_000, upstream: 'fonnte', reason: 'request invalid on disconnected device' }];
  const connected = buildTurn({ ...sending, retryAt: NOW, history });
  t.match(decideRetry(busy, connected, usual), { kind: 'retry', failingSince: NOW }, 'the device is back');
  const still = decideRetry(busy, connected, { ...usual, isDisconnected: true });
  t.match(still, { kind: 'retry', failingSince: NOW - 5 * HOUR });
  const tooLong = buildTurn({ ...sending, failingSince: NOW - 25 * HOUR, retryAt: NOW, history });
  t.equal(decideRetry(busy, tooLong, { ...usual, isDisconnected: true }).kind, 'dead-letter', 'a day is a day');
});

t.test('a permanent rejection of a send is a dead letter at once, of a question an apology', async (t) => {
  const refusal = new UpstreamRejectedError('fonnte', { reason: 'invalid token', label: 'token', permanent: true });
  t.equal(decideRetry(refusal, buildTurn({ parts: ['x'] }), usual).kind, 'dead-letter');
  const denied = new UpstreamRejectedError('gemini', { reason: '403', label: '403', permanent: true, status: 403 });
  t.equal(decideRetry(denied, buildTurn({}), usual).kind, 'apologize');
});

t.test('Gemini is asked again after the delay it names, and never past the deadline', async (t) => {
  const named = new UpstreamRejectedError('gemini', {
    reason: '429',
    label: '429',
    permanent: false,
    retryAfterMs: 7000,
  });
  t.equal(delayOf(decideRetry(named, buildTurn({}), usual)), 7000);
  t.equal(decideRetry(named, buildTurn({}), { ...usual, leftMs: 6999 }).kind, 'apologize');
  t.equal(
    decideRetry(new CircuitOpenError('gemini'), buildTurn({}), { ...usual, openForMs: 120_000 }).kind,
    'apologize',
  );
  t.equal(delayOf(decideRetry(new CircuitOpenError('gemini'), buildTurn({}), { ...usual, openForMs: 20_000 })), 20_000);
});

t.test('a send waits as long as FONNTE asks, but never more than a minute for that', async (t) => {
  const asks = (retryAfterMs: number) =>
    new UpstreamRejectedError('fonnte', {
      reason: '429',
      label: 'not-json',
      permanent: false,
      status: 429,
      retryAfterMs,
    });
  const atOnce = { ...usual, random: () => 0 };
  t.equal(delayOf(decideRetry(asks(7_000), buildTurn({ parts: ['x'] }), atOnce)), 7_000);
  t.equal(delayOf(decideRetry(asks(86_400_000), buildTurn({ parts: ['x'] }), atOnce)), 60_000);
});

t.test('an error of our own making is tried three times', async (t) => {
  const bug = new TypeError('x is undefined');
  t.equal(decideRetry(bug, buildTurn({ attempts: 2 }), usual).kind, 'retry');
  t.equal(decideRetry(bug, buildTurn({ attempts: 3 }), usual).kind, 'apologize');
  t.equal(decideRetry(bug, buildTurn({ parts: ['x'], sendFailures: 2, failingSince: NOW }), usual).kind, 'dead-letter');
});

t.test('no verdict waits longer than the deadline leaves, or a minute beyond what FONNTE asked', async (t) => {
  const failure = fc.constantFrom(
    busy,
    new UpstreamCallError('fonnte', 'timeout', new Error('late')),
    new CircuitOpenError('gemini'),
    new TypeError('bug'),
  );
  const circumstances = fc.record({
    now: fc.constant(NOW),
    leftMs: fc.integer({ min: -1000, max: 600_000 }),
    openForMs: fc.integer({ min: 0, max: 30_000 }),
    isDisconnected: fc.boolean(),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }).map((value) => () => value),
  });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(failure, circumstances, fc.nat(100), fc.boolean(), (error, around, tries, sending) => {
        const parts = sending ? ['x'] : null;
        const verdict = decideRetry(
          error,
          buildTurn({ parts, attempts: tries, sendFailures: tries, failingSince: NOW }),
          around,
        );
        if (verdict.kind !== 'retry') return true;
        return sending ? verdict.delayMs <= around.openForMs + 60_000 : verdict.delayMs < around.leftMs;
      }),
    ),
  );
});
