import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createMetrics, type Metrics } from '../src/observability/metrics.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Prometheus metrics: counters fed by the events, gauges read at each scrape. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, inbox, sessions, conversations, now } = app;
  const upstreams = { supabase: app.supabase, gemini: app.gemini, fonnte: app.fonnte };
  const idleMs = config.SESSION_TIMEOUT_MINUTES * 60_000;
  const metrics = createMetrics({
    inbox: () => inbox.status(),
    sessions: () => sessions.active(idleMs),
    quota: () => app.whatsapp.quota(),
    runningTurns: () => conversations.running(),
    breaker: (upstream) => upstreams[upstream].state(),
    models: () => app.gemini.statuses(),
    now,
  });
  const stopListening = events.on(metrics.listener);
  app.decorate('metrics', metrics);
  app.addHook('onClose', async () => stopListening());
};

export default fp(plugin, { name: 'metrics', dependencies: ['config', 'store', 'conversation'] });
