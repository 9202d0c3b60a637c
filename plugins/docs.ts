import Fastify, { type FastifyPluginAsync, type RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { version } from '../src/version.ts';
import { compilersFactory } from './compilers.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The OpenAPI document; where it is public, the UI brings it along instead. */
    document(): Promise<object>;
  }
}

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

const openapi = {
  openapi: '3.1.0',
  info: { title: 'SAPA WhatsApp', description: 'WhatsApp bridge to SAPA', version },
  servers: [{ url: '/', description: 'where this document comes from' }],
  tags: [
    { name: 'webhook', description: 'what FONNTE calls' },
    { name: 'admin', description: 'what operators and support do' },
    { name: 'operation', description: 'how the service is' },
  ],
  components: { securitySchemes },
};

/** The OpenAPI document, written from the routes' schemas when it is asked for; its UI is there only where it is public. */
const plugin: FastifyPluginAsync = async (app) => {
  if (app.config.DOCS_PUBLIC) {
    await app.register(import('@fastify/swagger'), { openapi });
    await app.register(import('@fastify/swagger-ui'), { routePrefix: '/docs' });
    return;
  }
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.decorate('document', () => documentOf(routes));
};

/** A second app with the same routes writes the document: the library must hear of routes as they are added. */
async function documentOf(routes: RouteOptions[]): Promise<object> {
  const scribe = Fastify({ schemaController: { compilersFactory }, exposeHeadRoutes: false });
  await scribe.register(import('@fastify/swagger'), { openapi });
  for (const { method, url, schema = {} } of routes) {
    if (method !== 'HEAD') scribe.route({ method, url, schema, handler: async () => {} });
  }
  await scribe.ready();
  return scribe.swagger();
}

export default fp(plugin, { name: 'docs', dependencies: ['config'] });
