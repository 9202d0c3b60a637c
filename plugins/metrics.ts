import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { REJECTION_LABELS } from '../src/fonnte/parse-response.ts';
import { INTENT_NAMES } from '../src/gemini/fallback/rule-based-answer.ts';
import { createMetrics, type Metrics } from '../src/observability/metrics.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Prometheus metrics: counters fed by the events, gauges read at each scrape. */
const plugin: FastifyPluginAsync = async (app) => {
  const { events, store, session, supabase, gemini, fonnte, conversations, now } = app;
  const breakers = {
    supabase: supabase.breaker.state,
    gemini: gemini.breaker.state,
    fonnte: fonnte.breaker.state,
  };
  const metrics = createMetrics({
    inbox: () => store.inbox.status(),
    sessions: () => session.countActive(),
    devices: () =>
      fonnte.devices.map(({ label, breaker, quota }) => ({ ...label, breaker: breaker.state(), quota: quota() })),
    runningTurns: () => conversations.running(),
    breaker: (upstream) => breakers[upstream](),
    models: () => gemini.breaker.statuses(),
    now,
    labels: {
      models: gemini.breaker.statuses().map(({ model }) => model),
      tools: gemini.tools.declarations.flatMap(({ name }) => name ?? []),
      intents: INTENT_NAMES,
      sendRejections: REJECTION_LABELS,
      devices: fonnte.devices.flatMap(({ label }) => label.device ?? []),
    },
  });
  const stopListening = events.on(metrics.listener);
  app.decorate('metrics', metrics);
  app.addHook('onClose', async () => stopListening());
};

export default fp(plugin, { name: 'metrics', dependencies: ['config', 'store', 'session', 'conversation'] });
