import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { TooManyConsoles } from '../../src/errors.ts';
import { adminSecurity, ErrorResponse, errorResponses } from '../schemas.ts';

/** The live state of this instance for the operators' console, as server-sent events. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/api/console/stream', { schema, onRequest: app.authenticateAdmin }, async (request, reply) => {
    const text = await app.console.firstMessage(request.admin);
    reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store');
    if (request.query.once) return reply.send(text);
    if (app.isClosing || app.console.isFull()) throw new TooManyConsoles();
    app.events.emit({ type: 'admin.acted', name: request.admin, action: 'open-console' });
    // A proxy that buffers would hold the events back.
    reply.hijack().raw.writeHead(200, { ...reply.getHeaders(), 'x-accel-buffering': 'no' } as Record<string, string>);
    app.console.open(reply.raw, text);
    return reply;
  });
};

const schema = {
  operationId: 'streamConsole',
  summary: 'The live state of this instance, as server-sent events',
  tags: ['admin'],
  security: adminSecurity,
  querystring: Type.Object({
    once: Type.Optional(Type.Boolean({ default: false, description: 'true: the present state only' })),
  }),
  response: {
    200: {
      description:
        'events hello, tick (the time), health, queue, failures, speed, conversations (the whole value when it changes) ' +
        'and events (new ones); numbers are masked, and their reference may be the phone of the admin routes',
      content: { 'text/event-stream': { schema: Type.String() } },
    },
    ...errorResponses(400, 401, 429, 500),
    503: ErrorResponse(503, 'INBOX_UNAVAILABLE, ADMIN_DISABLED, TOO_MANY_CONSOLES (20 are open on this instance)'),
  },
};

export default routes;
