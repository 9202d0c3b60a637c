import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import helmet from 'helmet';
import { createAddressCheck, createAdminCheck, createGenuineCheck } from '../src/authenticity.ts';
import { adminKeys, listOf } from '../src/config.ts';
import { AdminDisabled, ForbiddenAddress, TooManyFailedCalls, Unauthorized } from '../src/errors.ts';
import { createOriginCheck } from '../src/origins.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** preValidation of the webhook: the call is FONNTE's, or it ends here. */
    requireGenuine(request: FastifyRequest): Promise<void>;
    /** onRequest of admin routes: one of the admins asks, or it ends here. */
    requireAdmin(request: FastifyRequest): Promise<void>;
  }
  interface FastifyRequest {
    rawBody: Buffer;
    /** The name of the admin who asks. */
    admin: string;
  }
}

/** Failed calls of one address in a minute; a genuine call never counts. */
const FAILED_PER_MINUTE = 20;

/** Who may call what, and what browsers are told. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events } = app;
  const isGenuine = createGenuineCheck(listOf(config.WEBHOOK_SECRET_KEY));
  const admins = adminKeys(config);
  const adminOf = createAdminCheck(admins);
  const isAllowed = createAddressCheck(listOf(config.WEBHOOK_ALLOWED_IPS));
  const headers = safeHeaders();
  app.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  // A preflight without its headers is none: it needs no answer of its own kind.
  await app.register(cors, { origin: createOriginCheck(listOf(config.CORS_ORIGINS)), strictPreflight: false });
  await app.register(rateLimit, { global: false });
  const countFailure = app.createRateLimit({ max: FAILED_PER_MINUTE, timeWindow: '1 minute' });

  const fail = async (request: FastifyRequest, error: Error & { code: string }) => {
    events.emit({ type: 'call.unauthorized', code: error.code });
    const limit = await countFailure(request);
    return !limit.isAllowed && limit.isExceeded ? new TooManyFailedCalls() : error;
  };

  app.decorateRequest('rawBody');
  app.decorateRequest('admin', '');
  app.decorate('requireGenuine', async (request) => {
    if (!isAllowed(request.ip)) throw await fail(request, new ForbiddenAddress());
    const signature = request.headers['x-fonnte-signature'];
    const { secret } = (request.query ?? {}) as { secret?: unknown };
    const field = (request.body as { secret?: unknown } | null | undefined)?.secret;
    const secrets = [secret, request.headers['x-webhook-secret'], field];
    const credentials = { secrets, signature: signature?.toString(), rawBody: request.rawBody ?? Buffer.alloc(0) };
    if (!isGenuine(credentials)) throw await fail(request, new Unauthorized());
  });
  app.decorate('requireAdmin', async (request) => {
    if (admins.length === 0) throw new AdminDisabled();
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const name = adminOf(bearer ?? request.headers['x-api-key']?.toString());
    if (name === null) throw await fail(request, new Unauthorized());
    request.admin = name;
  });
};

/** helmet's headers for browsers, worked out once: they are the same for every answer. */
function safeHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const answer = {
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    removeHeader: () => {},
  };
  // Everything comes from here, also where that is plain HTTP within a network: nothing is to be upgraded.
  const directives = { defaultSrc: ["'self'"], upgradeInsecureRequests: null };
  const [request, response] = [{} as IncomingMessage, answer as unknown as ServerResponse];
  helmet({ contentSecurityPolicy: { directives } })(request, response, (error) => {
    if (error) throw error;
  });
  return headers;
}

export default fp(plugin, { name: 'security', dependencies: ['config'] });
