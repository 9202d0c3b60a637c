import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { adminSecurity, errorResponses } from './schemas.ts';

/** The OpenAPI document, for admins; with DOCS_PUBLIC the UI serves it to everyone. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  if (app.config.DOCS_PUBLIC) return;
  app.get('/docs/json', { schema, onRequest: app.authenticateAdmin }, async () => app.swagger());
};

const schema = {
  operationId: 'getDocument',
  summary: 'This document',
  tags: ['operation'],
  security: adminSecurity,
  response: {
    200: Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1' }),
    ...errorResponses(401, 429, 500, 503),
  },
};

export default routes;
