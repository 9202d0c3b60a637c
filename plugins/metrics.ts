import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { stackFrames } from '../src/events.ts';
import type { Metrics } from '../src/metrics.ts';
import { createMetricsLoader } from '../src/metrics-loader.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics(): Promise<Metrics>;
  }
}

/** When they are loaded, after the service listens, ms. */
const LOAD_MS = 500;

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
  // Whoever asks for metrics tries again; calls and turns go on without.
  const notLoaded = (error: unknown) =>
    events.emit({ type: 'service.failed', name: 'metrics not loaded', frames: stackFrames(error) });
  let loading: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    loading = setTimeout(() => metrics.load().catch(notLoaded), LOAD_MS).unref();
  });
  app.addHook('onClose', async () => {
    clearTimeout(loading);
    stopListening();
  });
};

export default fp(plugin, { name: 'metrics', dependencies: ['config', 'store', 'conversation'] });
