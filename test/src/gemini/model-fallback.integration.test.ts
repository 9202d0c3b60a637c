import t from 'tap';
import type { GenerateRequest } from '../../../sandbox/gemini.ts';
import { LINKED, OTHER_LINKED } from '../../support/fake-upstreams.ts';
import { ADMIN_KEY } from '../../support/service.ts';
import { FIRST, isCallTo, SECOND, startModelService } from './model-service.ts';

const MINUTE_MS = 60_000;
/** Longer than a circuit breaker stays open, ms. */
const OPEN_MS = 31_000;
/** Google's placeholder for a function call without a signature of the model. */
const PLACEHOLDER = 'skip_thought_signature_validator';
const APOLOGY = 'Maaf, terjadi gangguan. Silakan coba beberapa saat lagi.';

t.test('during a probe, other requests use the next model', async (t) => {
  const { upstreams, service, ask, advance, callsTo } = await startModelService(t);
  await upstreams.gemini.setFault({ kind: 'status', status: 503 }, { match: isCallTo(FIRST) });
  for (let index = 0; index < 5; index++) await ask(LINKED);
  await upstreams.gemini.clearFaults();
  advance(OPEN_MS);

  const probe = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async (_request, model) => {
    if (model === FIRST) await probe.promise;
    return { text: `dari ${model}` };
  });
  const before = callsTo(FIRST).length;
  await service.call(upstreams.fonnte.buildPayload({ sender: OTHER_LINKED, message: 'Halo' }));
  await upstreams.gemini.waitForRequest(() => callsTo(FIRST).length > before);
  const [health] = service.app.gemini.breaker.statuses();
  t.equal(health?.status, 'half-open');
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
  const reply = await upstreams.fonnte.waitForSent(({ message, target }) => target === LINKED && message !== '');
  t.equal(reply.message, `dari ${SECOND}`);
  probe.resolve();
  await upstreams.fonnte.waitForSent(({ target }) => target === OTHER_LINKED);
  await service.idle();
  t.equal(await ask(LINKED), `dari ${FIRST}`);
});

t.test('an attempt leaves the other models an equal share of the deadline', async (t) => {
  const { upstreams, ask } = await startModelService(t, { GEMINI_TIMEOUT_MS: 120_000, TURN_DEADLINE_SECONDS: 5 });
  await upstreams.gemini.setFault({ kind: 'hang' }, { match: isCallTo(FIRST) });
  t.equal(await ask(LINKED), `dari ${SECOND}`);
});

const FALLBACK_STATUSES = [402, 405, 408, 409, 413, 418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 529, 599];

t.test('every status except 400, 401, 403 and 404 moves on to the next model at once', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  for (const status of FALLBACK_STATUSES) {
    await upstreams.gemini.setFault({ kind: 'status', status }, { times: 1, match: isCallTo(FIRST) });
    t.equal(await ask(LINKED), `dari ${SECOND}`, String(status));
    t.equal(await ask(LINKED), `dari ${FIRST}`, `after ${status}`);
  }
});

t.test('an invalid or incomplete response moves on to the next model', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  for (const kind of ['invalid-json', 'truncated', 'refuse'] as const) {
    await upstreams.gemini.setFault({ kind }, { times: 1, match: isCallTo(FIRST) });
    t.equal(await ask(LINKED), `dari ${SECOND}`, kind);
  }
});

for (const status of [400, 401, 403]) {
  t.test(`${status} ends the turn`, async (t) => {
    const { upstreams, service, ask } = await startModelService(t);
    await upstreams.gemini.setFault({ kind: 'status', status }, { match: isCallTo(FIRST) });
    t.equal(await ask(LINKED), APOLOGY);
    t.equal(upstreams.gemini.requests.length, 1);
    t.match(await service.waitForEvent('turn.dead-lettered'), { upstream: 'gemini' });
  });
}

t.test('404 disables the model for an hour', async (t) => {
  const { upstreams, service, ask, advance, callsTo, health } = await startModelService(t);
  upstreams.gemini.models.delete(FIRST);
  t.equal(await ask(LINKED), `dari ${SECOND}`);
  t.match(await service.waitForEvent('model.disabled'), { model: FIRST });
  t.match(await health(), {
    status: 'degraded',
    checks: { gemini: 'model-disabled' },
    models: [{ status: 'disabled' }, { status: 'ok' }],
  });
  upstreams.gemini.models.add(FIRST);
  advance(59 * MINUTE_MS);
  t.equal(await ask(LINKED), `dari ${SECOND}`);
  t.equal(callsTo(FIRST).length, 1);
  advance(MINUTE_MS);
  t.equal(await ask(LINKED), `dari ${FIRST}`);
});

t.test('after a 400 about a thought signature the request is repeated once without signatures', async (t) => {
  const { upstreams, ask, callsTo } = await startModelService(t);
  const call = { functionCalls: [{ name: 'activity_statistics', args: {} }] };
  upstreams.gemini.scriptResponses([call, call]);
  const body = { error: { code: 400, message: 'Corrupted thought signature.', status: 'INVALID_ARGUMENT' } };
  let calls = 0;
  await upstreams.gemini.setFault({ kind: 'status', status: 400, body }, { times: 1, match: () => ++calls === 2 });
  t.equal(await ask(LINKED), `dari ${FIRST}`);
  const signatures = callsTo(FIRST).map(({ body }) =>
    (body as GenerateRequest).contents.flatMap(({ parts = [] }) =>
      parts.flatMap(({ thoughtSignature }) => (thoughtSignature ? [thoughtSignature] : [])),
    ),
  );
  const [, [genuine] = [], , [, second] = []] = signatures;
  t.strictSame(
    signatures,
    [[], [genuine], [PLACEHOLDER], [PLACEHOLDER, second]],
    'the rejected signature is not sent again',
  );
  t.not(second, PLACEHOLDER);
});

t.test('a second 400 about a thought signature ends the turn', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  const body = { error: { code: 400, message: 'Corrupted thought signature.', status: 'INVALID_ARGUMENT' } };
  await upstreams.gemini.setFault({ kind: 'status', status: 400, body });
  t.equal(await ask(LINKED), APOLOGY);
  t.equal(upstreams.gemini.requests.length, 2);
});

t.test('400 about the location moves on to the next model and is no client error', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  const body = {
    error: { code: 400, message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' },
  };
  for (const each of [body, [body]]) {
    await upstreams.gemini.setFault({ kind: 'status', status: 400, body: each }, { times: 1, match: isCallTo(FIRST) });
    t.equal(await ask(LINKED), `dari ${SECOND}`, JSON.stringify(each));
  }
});

t.test('after a pass without an answer, the next pass waits for the retryDelay of the models', async (t) => {
  const { upstreams, ask } = await startModelService(t);
  await upstreams.gemini.setFault({ kind: 'status', status: 429, retryAfter: 1 }, { times: 2 });
  t.equal(await ask(LINKED), `dari ${FIRST}`);
  t.same(
    upstreams.gemini.requests.map(({ model }) => model),
    [FIRST, SECOND, FIRST],
  );
  const [, second, third] = upstreams.gemini.requests;
  t.ok((third?.at ?? 0) - (second?.at ?? 0) >= 1_000);
});

t.test('Gemini is unavailable only if no model is usable', async (t) => {
  const { upstreams, service, ask, advance, health } = await startModelService(t, { TURN_DEADLINE_SECONDS: 5 });
  const states = () =>
    service.occurrences.flatMap((event) =>
      event.type === 'breaker.changed' && event.upstream === 'gemini' && event.model === undefined ? [event.state] : [],
    );
  await upstreams.gemini.setFault({ kind: 'status', status: 503 }, { match: isCallTo(FIRST) });
  for (let index = 0; index < 5; index++) await ask(LINKED);
  t.equal(service.app.gemini.breaker.state(), 'closed');
  t.equal(service.app.gemini.breaker.openForMs(), 0);
  t.same(states(), []);

  await upstreams.gemini.setFault({ kind: 'status', status: 503 });
  while (service.app.gemini.breaker.state() === 'closed') await ask(LINKED);
  t.same(states(), ['open']);
  t.ok(service.app.gemini.breaker.openForMs() > 0);
  t.match(await health(), { status: 'degraded', checks: { gemini: 'open' } });
  t.match(await fetchBreakerMetrics(service.url), [
    'sapa_breaker_state{upstream="gemini"} 2',
    `sapa_gemini_model_state{model="${FIRST}"} 2`,
    `sapa_gemini_model_state{model="${SECOND}"} 2`,
  ]);

  await upstreams.gemini.clearFaults();
  advance(OPEN_MS);
  t.equal(await ask(LINKED), `dari ${FIRST}`);
  t.equal(states().at(-1), 'closed');
  t.match(await fetchBreakerMetrics(service.url), [
    'sapa_breaker_state{upstream="gemini"} 0',
    `sapa_gemini_model_state{model="${FIRST}"} 0`,
    `sapa_gemini_model_state{model="${SECOND}"} 2`,
  ]);
});

/** Returns the metrics of Gemini's breakers. */
async function fetchBreakerMetrics(url: string): Promise<string[]> {
  const response = await fetch(`${url}/api/metrics`, { headers: { 'x-api-key': ADMIN_KEY } });
  const lines = (await response.text()).split('\n');
  return lines.filter((line) => /^sapa_(breaker_state\{upstream="gemini"|gemini_model_state\{)/.test(line));
}
