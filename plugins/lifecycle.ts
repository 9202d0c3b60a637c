import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { InboxUnavailable } from '../src/errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** True from the moment the service is told to stop. */
    stopping: boolean;
  }
}

/** Whatever happens in a call carries its id. One event for each answered call; and, while the service stops, a 503 for each but the health check. */
const plugin: FastifyPluginAsync = async (app) => {
  const { events } = app;
  app.decorate('stopping', false);
  app.addHook('preClose', async () => {
    app.stopping = true;
  });
  app.addHook('onRequest', (request, _reply, next) => events.runWithContext({ requestId: request.id }, next));
  app.addHook('onRequest', async (request) => {
    if (app.stopping && request.routeOptions.url !== '/api/health') throw new InboxUnavailable();
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
