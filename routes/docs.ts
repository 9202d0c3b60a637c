import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '../src/schema.ts';
import { adminSecurity, errorAnswers } from './schemas.ts';

/** The OpenAPI document, for admins; with DOCS_PUBLIC the UI brings it along for everybody. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  if (app.config.DOCS_PUBLIC) return;
  app.get('/docs/json', { schema, onRequest: app.requireAdmin }, () => app.document());
};

const schema = {
  operationId: 'getDocument',
  summary: 'This document',
  tags: ['operation'],
  security: adminSecurity,
  response: {
    200: Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1' }),
    ...errorAnswers(401, 429, 500, 503),
  },
};

export default routes;
