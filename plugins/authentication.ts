import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { parseAdminKeys, parseList } from '../src/config/schema.ts';
import { AdminDisabled, ForbiddenAddress, TooManyFailedCalls, Unauthorized } from '../src/errors.ts';
import {
  createAdminAuthenticator,
  createWebhookAuthenticator,
  parseQuerySecrets,
} from '../src/security/authentication.ts';
import { createIpAllowlist } from '../src/security/ip-allowlist.ts';
import { createNumberReferences, type NumberReferences } from '../src/security/number-references.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** preValidation of the webhook. @throws ForbiddenAddress, Unauthorized, TooManyFailedCalls */
    verifyWebhook(request: FastifyRequest): Promise<void>;
    /** onRequest of admin routes; sets `request.admin`. @throws AdminDisabled, Unauthorized, TooManyFailedCalls */
    authenticateAdmin(request: FastifyRequest): Promise<void>;
    /** Stand in for phone numbers in the console; the admin routes accept them. */
    numberReferences: NumberReferences;
  }
  interface FastifyRequest {
    rawBody: Buffer;
    /** The name of the authenticated admin. */
    admin: string;
  }
}

/** Failed calls per minute and address; authenticated calls do not count. */
const MAX_FAILED_PER_MINUTE = 20;

/** The authentication of the webhook and of admin routes. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events } = app;
  const isGenuine = createWebhookAuthenticator(parseList(config.WEBHOOK_SECRET_KEY));
  const admins = parseAdminKeys(config);
  const adminOf = createAdminAuthenticator(admins);
  const isAllowed = createIpAllowlist(parseList(config.WEBHOOK_ALLOWED_IPS));
  await app.register(rateLimit, { global: false });
  const countFailure = app.createRateLimit({ max: MAX_FAILED_PER_MINUTE, timeWindow: '1 minute' });

  const recordFailure = async (request: FastifyRequest, error: Error & { code: string }) => {
    events.emit({ type: 'auth.failed', code: error.code });
    const limit = await countFailure(request);
    return !limit.isAllowed && limit.isExceeded ? new TooManyFailedCalls() : error;
  };

  app.decorateRequest('rawBody');
  app.decorateRequest('admin', '');
  app.decorate('verifyWebhook', async (request) => {
    if (!isAllowed(request.ip)) throw await recordFailure(request, new ForbiddenAddress());
    const signature = request.headers['x-fonnte-signature'];
    const field = (request.body as { secret?: unknown } | null | undefined)?.secret;
    const secrets = [...parseQuerySecrets(request.url), request.headers['x-webhook-secret'], field];
    const credentials = { secrets, signature: signature?.toString(), rawBody: request.rawBody ?? Buffer.alloc(0) };
    if (!isGenuine(credentials)) throw await recordFailure(request, new Unauthorized());
  });
  app.decorate('numberReferences', createNumberReferences(admins.map(({ key }) => key).join()));
  app.decorate('authenticateAdmin', async (request) => {
    if (admins.length === 0) throw new AdminDisabled();
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const name = adminOf(bearer ?? request.headers['x-api-key']?.toString());
    if (name === null) throw await recordFailure(request, new Unauthorized());
    request.admin = name;
  });
};

export default fp(plugin, { name: 'authentication', dependencies: ['config'] });
