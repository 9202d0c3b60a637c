import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { InboxUnavailable } from '../src/errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** True from the start of the shutdown. */
    isClosing: boolean;
  }
}

/**
 * Adds the request id to every event of a request, emits `request.completed`, and responds 503 to every request except the
 * health check during the shutdown.
 */
const plugin: FastifyPluginAsync = async (app) => {
  const { events } = app;
  app.decorate('isClosing', false);
  app.addHook('preClose', async () => {
    app.isClosing = true;
  });
  app.addHook('onRequest', (request, _reply, next) => events.runWithContext({ requestId: request.id }, next));
  app.addHook('onRequest', async (request) => {
    if (app.isClosing && request.routeOptions.url !== '/api/health') throw new InboxUnavailable();
  });
  app.addHook('onResponse', async (request, reply) => {
    events.emit({
      type: 'request.completed',
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
  });
};

export default fp(plugin, { name: 'lifecycle', dependencies: ['config'] });
