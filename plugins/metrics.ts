import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import type { Metrics } from '../src/metrics.ts';
import { createMetricsLoader } from '../src/metrics-loader.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics(): Promise<Metrics>;
  }
}

/** Metrics: one listener on the events, and what is read when they are asked for. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, inbox, sessions, conversations, now } = app;
  const upstreams = { supabase: app.supabase, gemini: app.gemini, fonnte: app.fonnte };
  const idleMs = config.SESSION_TIMEOUT_MINUTES * 60_000;
  const metrics = createMetricsLoader({
    inbox: () => inbox.state(),
    sessions: () => sessions.active(idleMs),
    quota: () => app.whatsapp.quota(),
    runningTurns: () => conversations.running(),
    breaker: (upstream) => upstreams[upstream].state(),
    now,
  });
  const stopListening = events.on(metrics.listener);
  app.decorate('metrics', metrics.load);
  app.loadLater('metrics', metrics.load);
  app.addHook('onClose', async () => stopListening());
};

export default fp(plugin, { name: 'metrics', dependencies: ['config', 'warm-up', 'store', 'conversation'] });
