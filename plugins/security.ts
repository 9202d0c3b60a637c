import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { parseList } from '../src/config/schema.ts';
import { toCorsOrigins } from '../src/security/cors-origins.ts';

/** Response headers and CORS. */
const plugin: FastifyPluginAsync = async (app) => {
  // Nothing is loaded from elsewhere; the service itself may be reached over plain HTTP within a network.
  const directives = { defaultSrc: ["'self'"], upgradeInsecureRequests: null };
  await app.register(helmet, { contentSecurityPolicy: { directives } });
  // Handle OPTIONS requests without preflight headers normally, not with @fastify/cors' own 400.
  await app.register(cors, { origin: toCorsOrigins(parseList(app.config.CORS_ORIGINS)), strictPreflight: false });
};

export default fp(plugin, { name: 'security', dependencies: ['config'] });
