import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { adminSecurity, errorResponses } from './schemas.ts';

/** Metrics for Prometheus. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/api/metrics', { schema, onRequest: app.authenticateAdmin }, async (_request, reply) => {
    const { text, contentType } = app.metrics;
    return reply.type(contentType).send(await text());
  });
};

const schema = {
  operationId: 'getMetrics',
  summary: 'Metrics',
  tags: ['operation'],
  security: adminSecurity,
  response: {
    200: { description: 'Prometheus text format', content: { 'text/plain': { schema: Type.String() } } },
    ...errorResponses(401, 429, 500, 503),
  },
};

export default routes;
