import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BreakerState, EventRecord, Listener, ModelStatus, ServiceEvent, UpstreamName } from '../events.ts';

/** What is asked for when the metrics are read, rather than counted as it happens. */
export interface MetricSources {
  inbox(): Promise<{ pending: number; oldestAt: number | null; deadLetters: number }>;
  sessions(): Promise<number>;
  runningTurns(): number;
  /** Messages that FONNTE will still send; null: not known. */
  quota(): number | null;
  breaker(upstream: UpstreamName): BreakerState;
  models(): readonly { model: string; status: ModelStatus }[];
  now(): number;
}

export interface Metrics {
  listener: Listener;
  text(): Promise<string>;
  contentType: string;
}

const UPSTREAMS: readonly UpstreamName[] = ['supabase', 'gemini', 'fonnte'];
const BREAKER_VALUES: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };
const MODEL_VALUES: Record<ModelStatus, number> = { ok: 0, 'half-open': 1, open: 2, disabled: 3 };
/** Seconds: an acknowledgement takes a millisecond, or up to two seconds while Supabase is slow. */
const ACK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Seconds: a turn takes a second or two, or as long as its deadline. */
const TURN_BUCKETS = [0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900];
const CALL_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20];

/**
 * Prometheus metrics, fed by one listener on the events. Names begin with `sapa_`; durations are seconds. No label holds
 * anything of a person: events hold nothing of one.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sapa_' });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `sapa_${name}`, help, labelNames, registers: [registry] });
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], labelNames: Label[] = []) =>
    new Histogram({ name: `sapa_${name}`, help, buckets, labelNames, registers: [registry] });

  const acknowledgements = histogram('ack_duration_seconds', 'Time from a webhook call to its answer', ACK_BUCKETS, [
    'status',
  ]);
  const turns = histogram('turn_duration_seconds', 'Time from a message to the end of its turn', TURN_BUCKETS, [
    'outcome',
  ]);
  const messages = counter('messages_total', 'Messages by what became of the call', ['outcome']);
  const ignored = counter('calls_ignored_total', 'Webhook calls that are no message', ['reason']);
  const unauthorized = counter('calls_unauthorized_total', 'Calls without a right secret, key or address', ['code']);
  const dead = counter('turns_dead_total', 'Turns given up on', ['upstream', 'has_reply']);
  const retries = counter('turn_retries_total', 'Tries of turns that failed and are repeated', ['upstream']);
  const dropped = counter('turns_dropped_total', 'Turns dropped without a reply', ['reason']);
  const failures = counter('turn_failures_total', 'Errors of our own making');
  const models = counter('gemini_calls_total', 'Gemini requests', ['model', 'outcome']);
  const tokens = counter('gemini_tokens_total', 'Gemini tokens', ['kind']);
  const calls = counter('upstream_calls_total', 'Calls to upstreams', ['upstream', 'operation', 'outcome']);
  const callTimes = histogram('upstream_call_duration_seconds', 'Duration of upstream calls', CALL_BUCKETS, [
    'upstream',
  ]);
  const parts = counter('fonnte_parts_total', 'Parts of replies', ['outcome']);
  const sends = counter('fonnte_sends_total', 'Sends to FONNTE, refused ones by the kind of reason', [
    'outcome',
    'reason',
  ]);
  const figures = counter('figures_total', 'Figures of answers, looked up in the data', ['verdict']);
  const askedAgain = counter('answers_asked_again_total', 'Answers that the model was asked to mend');
  const direct = counter('answers_direct_total', 'Answers given without Gemini', ['why', 'intent']);
  const tools = counter('tool_calls_total', 'Functions that the model called', ['tool', 'ok']);
  const skipped = counter('rows_skipped_total', 'Rows of SAPA that could not be read', ['table']);
  const storeFailures = counter('store_failures_total', 'Writes or reads that the store refused', ['code']);
  const alerts = counter('alerts_total', 'Alerts that operators were told', ['kind', 'state']);
  const alertFailures = counter('alert_failures_total', 'Alerts that a channel did not take', ['channel']);
  const withheld = counter('notices_withheld_total', 'Notices not sent, to spare our quota', ['notice']);
  const packageDays = new Gauge({
    name: 'sapa_fonnte_package_days_left',
    help: 'Days until the package at FONNTE ends; NaN: not known',
    registers: [registry],
  });
  packageDays.set(Number.NaN);
  const device = new Gauge({
    name: 'sapa_device_connected',
    help: '1 connected, 0 disconnected, as FONNTE said last',
    registers: [registry],
  });
  device.set(1);
  gauges(registry, sources);

  const counts: { [Type in ServiceEvent['type']]?: (event: Extract<EventRecord, { type: Type }>) => void } = {
    'request.completed': ({ method, route, status, durationMs }) => {
      if (method === 'POST' && route === '/webhook/whatsapp')
        acknowledgements.observe({ status: String(status) }, durationMs / 1000);
    },
    'message.accepted': () => messages.inc({ outcome: 'accepted' }),
    'message.duplicate': () => messages.inc({ outcome: 'duplicate' }),
    'message.refused': ({ code }) => messages.inc({ outcome: code }),
    'webhook.ignored': ({ reason }) => ignored.inc({ reason }),
    'auth.failed': ({ code }) => unauthorized.inc({ code }),
    'device.status': ({ status }) => device.set(status === 'connect' ? 1 : 0),
    'device.checked': ({ status, daysLeft }) => {
      if (status !== 'unknown') device.set(status === 'connect' ? 1 : 0);
      packageDays.set(daysLeft ?? Number.NaN);
    },
    'notice.suppressed': ({ notice }) => withheld.inc({ notice }),
    'upstream.called': ({ upstream, operation, outcome, reason, durationMs }) => {
      if (operation === 'send') sends.inc({ outcome, reason });
      calls.inc({ upstream, operation, outcome });
      if (outcome !== 'breaker-open') callTimes.observe({ upstream }, durationMs / 1000);
    },
    'model.called': ({ model, outcome, tokensIn, tokensOut, tokensThought }) => {
      models.inc({ model, outcome });
      tokens.inc({ kind: 'in' }, tokensIn);
      tokens.inc({ kind: 'out' }, tokensOut);
      tokens.inc({ kind: 'thought' }, tokensThought);
    },
    'tool.called': ({ tool, ok }) => tools.inc({ tool, ok: String(ok) }),
    'answer.checked': ({ grounded, ungrounded, askedAgain: again }) => {
      figures.inc({ verdict: 'grounded' }, grounded);
      figures.inc({ verdict: 'ungrounded' }, ungrounded);
      if (again) askedAgain.inc();
    },
    'answer.rule-based': ({ why, intent }) => direct.inc({ why, intent }),
    'turn.finished': ({ outcome, durationMs }) => turns.observe({ outcome }, durationMs / 1000),
    'turn.dead-lettered': ({ upstream, hasReply }) => dead.inc({ upstream, has_reply: String(hasReply) }),
    'turn.retrying': ({ upstream }) => retries.inc({ upstream }),
    'turn.dropped': ({ reason }) => dropped.inc({ reason }),
    'turn.failed': () => failures.inc(),
    'part.sent': () => parts.inc({ outcome: 'sent' }),
    'part.uncertain': () => parts.inc({ outcome: 'uncertain' }),
    'rows.skipped': ({ table, count }) => skipped.inc({ table }, count),
    'store.failed': ({ code }) => storeFailures.inc({ code }),
    'alert.sent': ({ kind, state }) => alerts.inc({ kind, state }),
    'alert.failed': ({ channel }) => alertFailures.inc({ channel }),
  };
  return {
    listener: (occurrence) => (counts[occurrence.type] as ((event: EventRecord) => void) | undefined)?.(occurrence),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** What is read when somebody asks. */
function gauges(registry: Registry, sources: MetricSources): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `sapa_${name}`,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  gauge('inbox_pending', 'Messages accepted and not yet answered', async () => (await sources.inbox()).pending);
  gauge('inbox_oldest_age_seconds', 'Age of the oldest of them; 0: none', async () => {
    const { oldestAt } = await sources.inbox();
    return oldestAt === null ? 0 : Math.max(0, sources.now() - oldestAt) / 1000;
  });
  gauge('dead_letters', 'Turns given up on and kept', async () => (await sources.inbox()).deadLetters);
  gauge('fonnte_quota', 'Messages that FONNTE will still send; NaN: not known', () => sources.quota() ?? Number.NaN);
  gauge('turns_running', 'Turns that run now', () => sources.runningTurns());
  gauge('sessions_active', 'Conversations with a session in use', () => sources.sessions());
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
    help: '0 usable, 1 circuit breaker half open, 2 open, 3 disabled because Google does not know the model',
    labelNames: ['model'],
    registers: [registry],
    collect() {
      for (const { model, status } of sources.models()) this.set({ model }, MODEL_VALUES[status]);
    },
  });
}
