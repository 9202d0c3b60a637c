import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { version } from '../src/version.ts';

/** How callers authenticate; the webhook secret may also be the body field `secret`. */
const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'a key of ADMIN_API_KEY' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'a key of ADMIN_API_KEY' },
  webhookSecret: { type: 'apiKey', in: 'query', name: 'secret', description: 'a key of WEBHOOK_SECRET_KEY' },
  webhookHeader: { type: 'apiKey', in: 'header', name: 'x-webhook-secret', description: 'a key of WEBHOOK_SECRET_KEY' },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-fonnte-signature',
    description: 'hex HMAC-SHA256 of the raw body with a key of WEBHOOK_SECRET_KEY, optionally prefixed with sha256=',
  },
} as const;

const openapi = {
  openapi: '3.1.0',
  info: { title: 'SAPA WhatsApp', description: 'WhatsApp bridge to SAPA', version },
  servers: [{ url: '/', description: 'the server that serves this document' }],
  tags: [
    { name: 'webhook', description: 'called by FONNTE' },
    { name: 'admin', description: 'for operators and support' },
    { name: 'operation', description: 'health, metrics and this document' },
  ],
  components: { securitySchemes },
};

/** The OpenAPI document (`app.swagger()`), built from the route schemas; its UI only with DOCS_PUBLIC. */
const plugin: FastifyPluginAsync = async (app) => {
  await app.register(swagger, { openapi });
  if (app.config.DOCS_PUBLIC) await app.register(swaggerUi, { routePrefix: '/docs' });
};

export default fp(plugin, { name: 'docs', dependencies: ['config'] });
