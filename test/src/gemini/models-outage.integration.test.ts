import t from 'tap';
import type { Fault } from '../../../sandbox/faults.ts';
import { LINKED } from '../../support/fake-upstreams.ts';
import { addUsers, FIRST, isCallTo, SECOND, startModelService } from './model-service.ts';

const MINUTE_MS = 60_000;
/** Longer than a circuit breaker stays open, ms. */
const OPEN_MS = 31_000;

const outages: { name: string; fault: Fault }[] = [
  { name: 'returns 503', fault: { kind: 'status', status: 503 } },
  { name: 'returns 429', fault: { kind: 'status', status: 429, retryAfter: 40 } },
  { name: 'answers after the timeout', fault: { kind: 'slow', ms: 3_600_000 } },
  { name: 'never responds', fault: { kind: 'hang' } },
];

for (const { name, fault } of outages) {
  t.test(`50 users are answered by the second model while the first ${name} for ten minutes`, async (t) => {
    const { upstreams, service, askAll, ask, advance, callsTo, health } = await startModelService(t, {
      GEMINI_TIMEOUT_MS: 3_000,
      TURN_DEADLINE_SECONDS: 30,
    });
    // Long enough for all requests to run at the same time.
    upstreams.gemini.latencyMs = 200;
    const users = addUsers(upstreams, 50);
    const allFrom = (model: string) => users.map(() => `dari ${model}`);
    await upstreams.gemini.setFault(fault, { match: isCallTo(FIRST) });

    t.same(await askAll(users), allFrom(SECOND));
    t.match(await health(), {
      status: 'degraded',
      checks: { gemini: 'model-open' },
      models: [
        { model: FIRST, status: 'open' },
        { model: SECOND, status: 'ok' },
      ],
    });
    for (const minutes of [5, 5]) {
      advance(minutes * MINUTE_MS);
      const before = callsTo(FIRST).length;
      t.same(await askAll(users), allFrom(SECOND));
      t.equal(callsTo(FIRST).length - before, 1, 'one probe; no other request waits for the first model');
    }
    t.equal(
      service.occurrences.filter(({ type }) => type === 'turn.retrying' || type === 'turn.dead-lettered').length,
      0,
    );

    await upstreams.gemini.clearFaults();
    advance(OPEN_MS);
    upstreams.gemini.latencyMs = 0;
    t.equal(await ask(LINKED), `dari ${FIRST}`, 'the first question after the outage is the probe');
    t.same(await askAll(users.slice(0, 5)), allFrom(FIRST).slice(0, 5));
    t.match(await health(), { checks: { gemini: 'ok' } });
  });
}
