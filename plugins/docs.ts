import swagger from '@fastify/swagger';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { version } from '../src/version.ts';

/** How routes are entered; the webhook's secret may also be the body's field `secret`. */
const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'a key of ADMIN_API_KEY' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'a key of ADMIN_API_KEY' },
  webhookSecret: { type: 'apiKey', in: 'query', name: 'secret', description: 'a key of WEBHOOK_SECRET_KEY' },
  webhookHeader: { type: 'apiKey', in: 'header', name: 'x-webhook-secret', description: 'a key of WEBHOOK_SECRET_KEY' },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-fonnte-signature',
    description: 'hex HMAC-SHA256 of the raw body under a key of WEBHOOK_SECRET_KEY, with or without sha256= before it',
  },
} as const;

/** The OpenAPI document, collected from the routes' schemas; its UI is loaded only where it is public. */
const plugin: FastifyPluginAsync = async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'SAPA WhatsApp', description: 'WhatsApp bridge to SAPA', version },
      servers: [{ url: '/', description: 'where this document comes from' }],
      tags: [
        { name: 'webhook', description: 'what FONNTE calls' },
        { name: 'admin', description: 'what operators and support do' },
        { name: 'operation', description: 'how the service is' },
      ],
      components: { securitySchemes },
    },
  });
  if (!app.config.DOCS_PUBLIC) return;
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  await app.register(swaggerUi, { routePrefix: '/docs' });
};

export default fp(plugin, { name: 'docs', dependencies: ['config'] });
