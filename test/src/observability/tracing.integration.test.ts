import { registerHooks } from 'node:module';
import t, { type Test } from 'tap';
import { createEvents } from '../../../src/events.ts';
import { LINKED, startFakeUpstreams } from '../../support/fake-upstreams.ts';
import { startCollector } from '../../support/otlp-collector.ts';

const loaded: string[] = [];
/** prom-client needs only the API. */
const isSdk = (url: string) => /@opentelemetry\/(?!api\/)/.test(url);
const hooks = registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
t.teardown(() => hooks.deregister());
// What the service loads when it starts is loaded after the hook is registered.
const { startService } = await import('../../support/service.ts');
const { startTracing } = await import('../../../src/observability/tracing.ts');

/** The exporter would wait this long for a collector, ms: longer than the test. */
const LONG_MS = '600000';
const QUESTION = 'Berapa sisa anggaran perjalanan dinas saya?';

/** A service that records its turns, with its log lines. `endpoint`: of the collector. */
async function startTraced(t: Test, endpoint: string) {
  const tracing = await startTracing({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TIMEOUT: LONG_MS,
    OTEL_BSP_EXPORT_TIMEOUT: LONG_MS,
    OTEL_BSP_SCHEDULE_DELAY: '1',
  });
  if (!tracing) throw new Error('traces are disabled');
  const upstreams = await startFakeUpstreams(t);
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const logger = { level: 'debug', base: null, stream };
  const events = tracing.trace(createEvents());
  const service = await startService(t, upstreams, { LOG_LEVEL: 'debug' }, { events }, { logger });
  return { tracing, upstreams, service, lines };
}

t.test('the SDK of OpenTelemetry is not loaded while traces are disabled', async (t) => {
  const disabled: Record<string, string>[] = [
    {},
    { OTEL_SERVICE_NAME: 'sapa' },
    { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' },
  ];
  for (const variables of disabled) t.equal(await startTracing(variables), null, JSON.stringify(variables));
  t.same(loaded.filter(isSdk), []);
});

t.test('a turn is one trace: its attempts, and below them identify, model requests, tools and sends', async (t) => {
  const collector = await startCollector(t);
  const { tracing, upstreams, service, lines } = await startTraced(t, collector.url);
  t.ok(loaded.some(isSdk), 'the hook sees the modules');
  await upstreams.fonnte.setFault({ kind: 'status', status: 503 }, { times: 1, match: ({ path }) => path === '/send' });
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: QUESTION, name: 'Kartini' }));
  await service.waitForEvent('turn.finished');
  await service.idle();
  const { turnId = '' } = await service.waitForEvent('turn.started');
  await service.close();
  await tracing.shutdown();

  const spans = collector.spans();
  const traceId = turnId.replaceAll('-', '');
  t.same([...new Set(spans.map((span) => span.traceId))], [traceId], 'both attempts are in the trace of the turn');
  const attempts = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  t.match(attempts, [
    { name: 'turn', failed: true, attributes: { 'sapa.turn.attempt': 1, 'sapa.outcome': 'retrying' } },
    { name: 'turn', failed: false, attributes: { 'sapa.turn.attempt': 2, 'sapa.outcome': 'answered' } },
  ]);
  const below = (index: number) => spans.filter(({ parentSpanId }) => parentSpanId === attempts[index]?.spanId);
  const find = (name: RegExp) => below(0).find((span) => name.test(span.name));
  t.match(find(/^identify$/), { failed: false, attributes: { 'sapa.outcome': 'linked' } });
  t.match(find(/^fonnte send$/), { failed: true, attributes: { 'sapa.operation': 'send' } });
  t.match(
    below(1).find(({ name }) => name === 'fonnte send'),
    { failed: false },
  );
  t.notOk(
    below(1).some(({ name }) => name.startsWith('generate_content')),
    'the stored reply is sent',
  );
  const called = await service.waitForEvent('model.called');
  t.match(find(/^generate_content /), {
    name: `generate_content ${called.model}`,
    attributes: {
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.request.model': called.model,
      'gen_ai.response.model': called.model,
      'gen_ai.response.finish_reasons': ['STOP'],
      'gen_ai.usage.input_tokens': called.tokensIn + called.tokensCached,
      'gen_ai.usage.output_tokens': called.tokensOut + called.tokensThought,
    },
  });
  t.match(find(/^execute_tool /), {
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': String },
  });

  const inTurn = lines.map((line) => JSON.parse(line)).filter((line) => line.turnId === turnId);
  t.ok(inTurn.length > 5);
  t.same([...new Set(inTurn.map((line) => line.traceId))], [traceId], 'each log line of the turn has the trace id');
  const answer = upstreams.fonnte.sent.at(-1)?.message ?? '';
  const personal = [LINKED, '62812****0001', 'Kartini', 'perjalanan', answer, upstreams.gemini.apiKey, process.cwd()];
  for (const text of personal) t.notOk(collector.text().includes(text), text);
});

t.test('a failed model request has its outcome and no tokens', async (t) => {
  const collector = await startCollector(t);
  const { tracing, upstreams, service } = await startTraced(t, collector.url);
  await upstreams.gemini.setFault({ kind: 'status', status: 503 }, { times: 1 });
  await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: QUESTION }));
  await service.waitForEvent('turn.finished');
  await service.close();
  await tracing.shutdown();
  const [failed] = collector.spans().filter(({ name }) => name.startsWith('generate_content'));
  const { outcome } = await service.waitForEvent('model.called');
  t.match(failed, { failed: true, attributes: { 'error.type': outcome } });
  t.notOk(Object.keys(failed?.attributes ?? {}).some((name) => /usage|response/.test(name)));
});

t.test('an unresponsive or unreachable collector delays neither turns nor the shutdown', async (t) => {
  const hanging = await startCollector(t, { hangs: true });
  for (const endpoint of [hanging.url, 'http://127.0.0.1:9']) {
    const { tracing, upstreams, service } = await startTraced(t, endpoint);
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: QUESTION }));
    if (endpoint === hanging.url) await hanging.requested;
    await service.waitForEvent('turn.finished');
    await service.call(upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }));
    await service.waitForEvent(
      'turn.finished',
      (event) => event.turnId !== service.occurrences.find(({ type }) => type === 'turn.finished')?.turnId,
    );
    await service.close();
    await tracing.shutdown();
    t.pass(endpoint);
  }
});
