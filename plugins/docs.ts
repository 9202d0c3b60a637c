import swagger from '@fastify/swagger';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { version } from '../src/version.ts';

/** The OpenAPI document, collected from the routes' schemas; its UI is loaded only where it is public. */
const plugin: FastifyPluginAsync = async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'SAPA WhatsApp', description: 'WhatsApp bridge to SAPA', version },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
          webhookSecret: { type: 'apiKey', in: 'query', name: 'secret' },
          webhookHeader: { type: 'apiKey', in: 'header', name: 'x-webhook-secret' },
          webhookSignature: { type: 'apiKey', in: 'header', name: 'x-fonnte-signature' },
        },
      },
    },
  });
  if (!app.config.DOCS_PUBLIC) return;
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  await app.register(swaggerUi, { routePrefix: '/docs' });
};

export default fp(plugin, { name: 'docs', dependencies: ['config'] });
