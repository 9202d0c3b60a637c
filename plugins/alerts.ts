import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createAlertWatch } from '../src/alerts/watch.ts';

declare module 'fastify' {
  interface FastifyInstance {
    alerts: ReturnType<typeof createAlertWatch>;
  }
}

/** How often the troubles are looked at that come with time alone, ms. */
const CHECK_MS = 60_000;

/** Tells operators of troubles, from start to shutdown. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, texts, store, inbox, whatsapp, now } = app;
  const alerts = createAlertWatch({ config, events, texts, store, inbox, whatsapp, now });
  const timer = setInterval(() => void alerts.check(), CHECK_MS).unref();
  app.decorate('alerts', alerts);
  app.addHook('preClose', async () => {
    clearInterval(timer);
    alerts.stop();
  });
};

export default fp(plugin, { name: 'alerts', dependencies: ['config', 'store', 'fonnte'] });
