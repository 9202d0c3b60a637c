import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState, EventRecord, Listener, ModelStatus, ServiceEvent, UpstreamName } from '../events.ts';

/** Values that are read at each scrape. */
export interface MetricSources {
  inbox(): Promise<{ pending: number; oldestAt: number | null; deadLetters: number }>;
  sessions(): Promise<number>;
  runningTurns(): number;
  /** Remaining messages of the FONNTE quota; null when not known. */
  quota(): number | null;
  breaker(upstream: UpstreamName): BreakerState;
  models(): readonly { model: string; status: ModelStatus }[];
  now(): number;
}

export interface Metrics {
  /** Must receive every event. */
  listener: Listener;
  /** Returns all metrics in Prometheus text format. */
  text(): Promise<string>;
  contentType: string;
}

const UPSTREAMS: readonly UpstreamName[] = ['supabase', 'gemini', 'fonnte'];
const BREAKER_VALUES: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };
const MODEL_VALUES: Record<ModelStatus, number> = { ok: 0, 'half-open': 1, open: 2, disabled: 3 };
/** In seconds. A webhook response takes a millisecond, or up to two seconds while Supabase is slow. */
const WEBHOOK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** In seconds. A turn takes one or two seconds, or as long as its deadline. */
const TURN_BUCKETS = [0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900];
/** In seconds, up to the longest timeout. */
const UPSTREAM_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20];

/**
 * Creates the Prometheus metrics, counted by one event listener. Names start with `sapa_`, durations are in seconds. Labels
 * contain no personal data, because events contain none.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sapa_' });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `sapa_${name}`, help, labelNames, registers: [registry] });
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], labelNames: Label[] = []) =>
    new Histogram({ name: `sapa_${name}`, help, buckets, labelNames, registers: [registry] });

  const webhookDuration = histogram('webhook_duration_seconds', 'Response time of the webhook', WEBHOOK_BUCKETS, [
    'status',
  ]);
  const turnDuration = histogram('turn_duration_seconds', 'Time from a message to the end of its turn', TURN_BUCKETS, [
    'outcome',
  ]);
  const messages = counter('messages_total', 'Messages by outcome of the webhook call', ['outcome']);
  const ignored = counter('webhook_ignored_total', 'Webhook calls that are not messages', ['reason']);
  const authFailures = counter('auth_failures_total', 'Calls with a wrong or missing key, or a forbidden address', [
    'code',
  ]);
  const deadLettered = counter('turns_dead_lettered_total', 'Turns that became dead letters', [
    'upstream',
    'has_reply',
  ]);
  const turnRetries = counter('turn_retries_total', 'Failed attempts of turns that are retried', ['upstream']);
  const dropped = counter('turns_dropped_total', 'Turns dropped without a reply', ['reason']);
  const turnFailures = counter('turn_failures_total', 'Internal errors in turns');
  const modelRequests = counter('gemini_calls_total', 'Gemini requests', ['model', 'outcome']);
  const tokens = counter('gemini_tokens_total', 'Gemini tokens', ['kind']);
  const upstreamCalls = counter('upstream_calls_total', 'Requests to upstreams', ['upstream', 'operation', 'outcome']);
  const upstreamDuration = histogram(
    'upstream_call_duration_seconds',
    'Duration of requests to upstreams',
    UPSTREAM_BUCKETS,
    ['upstream'],
  );
  const parts = counter('fonnte_parts_total', 'Parts of replies', ['outcome']);
  const sends = counter('fonnte_sends_total', 'Sends to FONNTE; rejected ones by kind of reason', [
    'outcome',
    'reason',
  ]);
  const figures = counter('figures_total', 'Figures in answers, verified against the data', ['verdict']);
  const corrections = counter('answer_corrections_total', 'Answers that the model was asked to correct');
  const ruleBased = counter('answers_rule_based_total', 'Answers given without Gemini', ['reason', 'intent']);
  const toolCalls = counter('tool_calls_total', 'Tool calls of the model', ['tool', 'ok']);
  const skippedRows = counter('rows_skipped_total', 'SAPA rows that could not be parsed', ['table']);
  const storeFailures = counter('store_failures_total', 'Failed reads and writes of the store', ['code']);
  const alerts = counter('alerts_total', 'Alerts sent to operators', ['kind', 'state']);
  const alertFailures = counter('alert_failures_total', 'Alerts that a channel did not deliver', ['channel']);
  const suppressed = counter(
    'notices_suppressed_total',
    'Notices not sent because of the reserved quota or the hourly limit for unlinked numbers',
    ['notice'],
  );
  const packageDays = new Gauge({
    name: 'sapa_fonnte_package_days_left',
    help: 'Days until the FONNTE package ends; NaN when not known',
    registers: [registry],
  });
  packageDays.set(Number.NaN);
  const device = new Gauge({
    name: 'sapa_device_connected',
    help: '1 connected, 0 disconnected, as last reported by FONNTE',
    registers: [registry],
  });
  device.set(1);
  registerGauges(registry, sources);

  const handlers: { [Type in ServiceEvent['type']]?: (event: Extract<EventRecord, { type: Type }>) => void } = {
    'request.completed': ({ method, route, status, durationMs }) => {
      if (method === 'POST' && route === '/webhook/whatsapp')
        webhookDuration.observe({ status: String(status) }, durationMs / 1000);
    },
    'message.accepted': () => messages.inc({ outcome: 'accepted' }),
    'message.duplicate': () => messages.inc({ outcome: 'duplicate' }),
    'message.refused': ({ code }) => messages.inc({ outcome: code }),
    'webhook.ignored': ({ reason }) => ignored.inc({ reason }),
    'auth.failed': ({ code }) => authFailures.inc({ code }),
    'device.status': ({ status }) => device.set(status === 'connect' ? 1 : 0),
    'device.checked': ({ status, daysLeft }) => {
      if (status !== 'unknown') device.set(status === 'connect' ? 1 : 0);
      packageDays.set(daysLeft ?? Number.NaN);
    },
    'notice.suppressed': ({ notice }) => suppressed.inc({ notice }),
    'upstream.called': ({ upstream, operation, outcome, reason, durationMs }) => {
      if (operation === 'send') sends.inc({ outcome, reason });
      upstreamCalls.inc({ upstream, operation, outcome });
      if (outcome !== 'breaker-open') upstreamDuration.observe({ upstream }, durationMs / 1000);
    },
    'model.called': ({ model, outcome, tokensIn, tokensOut, tokensThought }) => {
      modelRequests.inc({ model, outcome });
      tokens.inc({ kind: 'in' }, tokensIn);
      tokens.inc({ kind: 'out' }, tokensOut);
      tokens.inc({ kind: 'thought' }, tokensThought);
    },
    'tool.called': ({ tool, ok }) => toolCalls.inc({ tool, ok: String(ok) }),
    'answer.checked': ({ grounded, ungrounded, correctionRequested }) => {
      figures.inc({ verdict: 'grounded' }, grounded);
      figures.inc({ verdict: 'ungrounded' }, ungrounded);
      if (correctionRequested) corrections.inc();
    },
    'answer.rule-based': ({ reason, intent }) => ruleBased.inc({ reason, intent }),
    'turn.finished': ({ outcome, durationMs }) => turnDuration.observe({ outcome }, durationMs / 1000),
    'turn.dead-lettered': ({ upstream, hasReply }) => deadLettered.inc({ upstream, has_reply: String(hasReply) }),
    'turn.retrying': ({ upstream }) => turnRetries.inc({ upstream }),
    'turn.dropped': ({ reason }) => dropped.inc({ reason }),
    'turn.failed': () => turnFailures.inc(),
    'part.sent': () => parts.inc({ outcome: 'sent' }),
    'part.uncertain': () => parts.inc({ outcome: 'uncertain' }),
    'rows.skipped': ({ table, count }) => skippedRows.inc({ table }, count),
    'store.failed': ({ code }) => storeFailures.inc({ code }),
    'alert.sent': ({ kind, state }) => alerts.inc({ kind, state }),
    'alert.failed': ({ channel }) => alertFailures.inc({ channel }),
  };
  return {
    listener: (event) => (handlers[event.type] as ((event: EventRecord) => void) | undefined)?.(event),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** Registers the gauges that read their values at each scrape. */
function registerGauges(registry: Registry, sources: MetricSources): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `sapa_${name}`,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  gauge('inbox_pending', 'Pending messages', async () => (await sources.inbox()).pending);
  gauge('inbox_oldest_age_seconds', 'Age of the oldest pending message; 0 if there is none', async () => {
    const { oldestAt } = await sources.inbox();
    return oldestAt === null ? 0 : Math.max(0, sources.now() - oldestAt) / 1000;
  });
  gauge('dead_letters', 'Dead letters', async () => (await sources.inbox()).deadLetters);
  gauge(
    'fonnte_quota',
    'Remaining messages of the FONNTE quota; NaN when not known',
    () => sources.quota() ?? Number.NaN,
  );
  gauge('turns_running', 'Running turns', () => sources.runningTurns());
  gauge('sessions_active', 'Active sessions', () => sources.sessions());
  new Gauge({
    name: 'sapa_breaker_state',
    help: '0 closed, 1 half open, 2 open',
    labelNames: ['upstream'],
    registers: [registry],
    collect() {
      for (const upstream of UPSTREAMS) this.set({ upstream }, BREAKER_VALUES[sources.breaker(upstream)]);
    },
  });
  new Gauge({
    name: 'sapa_gemini_model_state',
    help: '0 usable, 1 circuit breaker half open, 2 open, 3 disabled (HTTP 404)',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      for (const { model, status } of sources.models()) this.set({ model }, MODEL_VALUES[status]);
    },
  });
}
