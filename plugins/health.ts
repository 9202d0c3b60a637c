import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createHealth, type Health } from '../src/observability/health.ts';

declare module 'fastify' {
  interface FastifyInstance {
    health: Health;
  }
}

/** The state of the service and its components, from what it already knows. */
const plugin: FastifyPluginAsync = async (app) => {
  const { store, session, supabase, gemini, fonnte, now } = app;
  const health = createHealth({
    isClosing: () => app.isClosing,
    store: () => store.status(),
    supabase: () => supabase.status(),
    gemini: () => gemini.breaker.state(),
    models: () => gemini.breaker.statuses(),
    devices: () =>
      fonnte.devices.map(({ label, breaker, device }) => ({ ...label, breaker: breaker.state(), status: device() })),
    summary: () => fonnte.summary(),
    inbox: () => store.inbox.status(),
    sessions: () => session.countActive(),
    now,
  });
  app.decorate('health', health);
};

export default fp(plugin, {
  name: 'health',
  dependencies: ['config', 'lifecycle', 'store', 'session', 'supabase', 'gemini', 'fonnte'],
});
