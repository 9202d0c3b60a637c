import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** The OpenAPI document, for admins; with DOCS_PUBLIC the UI brings it along for everybody. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  if (app.config.DOCS_PUBLIC) return;
  app.get('/docs/json', { schema: { hide: true }, onRequest: app.requireAdmin }, async () => app.swagger());
};

export default routes;
