import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventRecord, Listener, ServiceEvent } from '../events.ts';
import { type GaugeSources, registerGauges, toDeviceLabels } from './gauges.ts';
import { knownLabels, type ServiceLabels } from './known-labels.ts';

/** Values that are read at each scrape, and the values of labels. */
export type MetricSources = GaugeSources & { labels: ServiceLabels };

export interface Metrics {
  /** Must receive every event. */
  listener: Listener;
  /** Returns all metrics in Prometheus text format. */
  text(): Promise<string>;
  contentType: string;
}

/** In seconds. A webhook response takes a millisecond, or up to two seconds while Supabase is slow. */
const WEBHOOK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** In seconds. A turn takes one or two seconds, or as long as its deadline. */
const TURN_BUCKETS = [0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900];
/** In seconds, up to the longest timeout. */
const UPSTREAM_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20];

/**
 * Creates the Prometheus metrics, counted by one event listener. Names start with `sapa_`, durations are in seconds. Labels
 * contain no personal data, because events contain no personal data. Known label values start at 0, so that a rate sees their first event.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sapa_' });
  const known = knownLabels(sources.labels);
  type Initial<Label extends string> = readonly Record<Label, string>[];
  const counter = <Label extends string>(name: string, help: string, initial: Initial<Label>) => {
    const labelNames = Object.keys(initial[0] ?? {}) as Label[];
    const created = new Counter({ name: `sapa_${name}`, help, labelNames, registers: [registry] });
    for (const labels of initial) created.inc(labels, 0);
    return created;
  };
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], initial: Initial<Label>) => {
    const labelNames = Object.keys(initial[0] ?? {}) as Label[];
    const created = new Histogram({ name: `sapa_${name}`, help, buckets, labelNames, registers: [registry] });
    for (const labels of initial) created.zero(labels);
    return created;
  };

  const webhookDuration = histogram(
    'webhook_duration_seconds',
    'Response time of the webhook',
    WEBHOOK_BUCKETS,
    known.webhookResponses,
  );
  const turnDuration = histogram(
    'turn_duration_seconds',
    'Time from a message to the end of its turn',
    TURN_BUCKETS,
    known.turns,
  );
  const upstreamDuration = histogram(
    'upstream_call_duration_seconds',
    'Duration of requests to upstreams',
    UPSTREAM_BUCKETS,
    known.upstreams,
  );
  const messages = counter('messages_total', 'Messages by outcome of the webhook call', known.messages);
  const ignored = counter('webhook_ignored_total', 'Webhook calls that are not messages', known.ignoredCalls);
  const authFailures = counter(
    'auth_failures_total',
    'Calls with a wrong or missing key, or a forbidden address',
    known.authFailures,
  );
  const deadLettered = counter('turns_dead_lettered_total', 'Turns that became dead letters', known.deadLetters);
  const turnRetries = counter('turn_retries_total', 'Failed attempts of turns that are retried', known.turnRetries);
  const dropped = counter('turns_dropped_total', 'Turns dropped without a reply', known.droppedTurns);
  const turnFailures = counter('turn_failures_total', 'Internal errors in turns', []);
  const modelRequests = counter('gemini_calls_total', 'Gemini requests', known.geminiCalls);
  const tokens = counter(
    'gemini_tokens_total',
    'Gemini tokens; cached: prompt tokens from the prompt cache, which in does not contain',
    known.tokens,
  );
  const upstreamCalls = counter('upstream_calls_total', 'Requests to upstreams', known.upstreamCalls);
  const parts = counter('fonnte_parts_total', 'Parts of replies', known.parts);
  const sends = counter('fonnte_sends_total', 'Sends to FONNTE; rejected ones by kind of reason', known.sends);
  const figures = counter('figures_total', 'Figures in answers, verified against the data', known.figures);
  const corrections = counter('answer_corrections_total', 'Answers that the model was asked to correct', []);
  const ruleBased = counter('answers_rule_based_total', 'Answers given without Gemini', known.ruleBasedAnswers);
  const toolCalls = counter('tool_calls_total', 'Tool calls of the model', known.toolCalls);
  const prefetches = counter(
    'tool_prefetches_total',
    'Tool calls before the first request to the model; failed and slow ones are left out',
    known.toolPrefetches,
  );
  const skippedRows = counter('rows_skipped_total', 'SAPA rows that could not be parsed', known.skippedRows);
  const storeFailures = counter('store_failures_total', 'Failed reads and writes of the store', known.storeFailures);
  const alerts = counter('alerts_total', 'Alerts sent to operators', known.alerts);
  const alertFailures = counter('alert_failures_total', 'Alerts that a channel did not deliver', known.alertFailures);
  const suppressed = counter(
    'notices_suppressed_total',
    'Notices not sent because of the reserved quota or the hourly limit for unlinked numbers',
    known.suppressedNotices,
  );
  const { devices } = sources.labels;
  const hasDevices = devices.length > 0;
  const deviceLabelNames = hasDevices ? ['device'] : [];
  const packageDays = new Gauge<string>({
    name: 'sapa_fonnte_package_days_left',
    help: 'Days until the FONNTE package ends; NaN when not known',
    labelNames: deviceLabelNames,
    registers: [registry],
  });
  const connected = new Gauge<string>({
    name: 'sapa_device_connected',
    help: '1 connected, 0 disconnected, as last reported by FONNTE',
    labelNames: deviceLabelNames,
    registers: [registry],
  });
  for (const label of hasDevices ? devices.map((device) => ({ device })) : [{}]) {
    packageDays.set(toDeviceLabels(label), Number.NaN);
    connected.set(toDeviceLabels(label), 1);
  }
  registerGauges(registry, sources, hasDevices);

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
    'device.status': ({ status, ...event }) => connected.set(toDeviceLabels(event), status === 'connect' ? 1 : 0),
    'device.checked': ({ status, daysLeft, ...event }) => {
      if (status !== 'unknown') connected.set(toDeviceLabels(event), status === 'connect' ? 1 : 0);
      packageDays.set(toDeviceLabels(event), daysLeft ?? Number.NaN);
    },
    'notice.suppressed': ({ notice }) => suppressed.inc({ notice }),
    'upstream.called': ({ upstream, operation, outcome, reason, durationMs }) => {
      if (operation === 'send') sends.inc({ outcome, reason });
      upstreamCalls.inc({ upstream, operation, outcome });
      if (outcome !== 'breaker-open') upstreamDuration.observe({ upstream }, durationMs / 1000);
    },
    'model.called': ({ model, outcome, tokensIn, tokensCached, tokensOut, tokensThought }) => {
      modelRequests.inc({ model, outcome });
      tokens.inc({ kind: 'in' }, tokensIn);
      tokens.inc({ kind: 'cached' }, tokensCached);
      tokens.inc({ kind: 'out' }, tokensOut);
      tokens.inc({ kind: 'thought' }, tokensThought);
    },
    'tool.called': ({ tool, ok }) => toolCalls.inc({ tool, ok: String(ok) }),
    'tool.prefetched': ({ tool, outcome }) => prefetches.inc({ tool, outcome }),
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
