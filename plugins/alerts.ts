import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createAlertService } from '../src/alerts/alert-service.ts';
import { createHttpClient } from '../src/upstream/http-client.ts';

declare module 'fastify' {
  interface FastifyInstance {
    alerts: ReturnType<typeof createAlertService>;
  }
}

/** Interval of the check of conditions that depend only on time, ms. */
const CHECK_MS = 60_000;
/** Maximum number of connections to ALERT_WEBHOOK_URL. */
const MAX_CONNECTIONS = 4;
/** Only the status of a response is used; a longer body is an error. */
const MAX_RESPONSE_BYTES = 1_000_000;

/** Sends alerts to operators, from start to shutdown. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, texts, store, fonnte, now } = app;
  const http = createHttpClient({ connections: MAX_CONNECTIONS, maxResponseBytes: MAX_RESPONSE_BYTES });
  const alerts = createAlertService({
    config,
    events,
    texts,
    store,
    inbox: store.inbox,
    findSender: fonnte.findAlertSender,
    http,
    now,
  });
  const timer = setInterval(() => void alerts.check(), CHECK_MS).unref();
  app.decorate('alerts', alerts);
  app.addHook('preClose', async () => {
    clearInterval(timer);
    alerts.stop();
  });
  app.addHook('onClose', () => http.close());
};

export default fp(plugin, { name: 'alerts', dependencies: ['config', 'store', 'fonnte'] });
