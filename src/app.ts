import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import alerts from '../plugins/alerts.ts';
import { compilersFactory } from '../plugins/compilers.ts';
import config, { type ConfigOptions } from '../plugins/config.ts';
import conversation from '../plugins/conversation.ts';
import docs from '../plugins/docs.ts';
import errors from '../plugins/errors.ts';
import fonnte from '../plugins/fonnte.ts';
import gemini from '../plugins/gemini.ts';
import lifecycle from '../plugins/lifecycle.ts';
import media from '../plugins/media.ts';
import metrics from '../plugins/metrics.ts';
import security from '../plugins/security.ts';
import store from '../plugins/store.ts';
import supabase from '../plugins/supabase.ts';
import { unreadable } from '../plugins/unreadable.ts';
import warmUp from '../plugins/warm-up.ts';
import conversationRoutes from '../routes/conversations.ts';
import deadLetterRoutes from '../routes/dead-letters.ts';
import docsRoutes from '../routes/docs.ts';
import healthRoutes from '../routes/health.ts';
import metricsRoutes from '../routes/metrics.ts';
import sendRoutes from '../routes/send.ts';
import webhookRoutes from '../routes/webhook.ts';
import type { Config } from './config.ts';

/** The largest body of any request, bytes. */
const BODY_BYTES = 256 * 1024;

/** The whole service, ready to listen: what it stands on, in order, then its routes. */
export async function buildApp(options: ConfigOptions, server: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({ ...serverOptions(options.config), ...server }).withTypeProvider<TypeBoxTypeProvider>();

  await app.register(config, options);
  await app.register(errors);
  await app.register(lifecycle);
  await app.register(warmUp);
  await app.register(security);
  await app.register(docs);
  await app.register(store);
  await app.register(supabase);
  await app.register(gemini);
  await app.register(fonnte);
  await app.register(media);
  await app.register(conversation);
  await app.register(metrics);
  await app.register(alerts);

  await app.register(webhookRoutes);
  await app.register(sendRoutes);
  await app.register(healthRoutes);
  await app.register(deadLetterRoutes);
  await app.register(conversationRoutes);
  await app.register(metricsRoutes);
  await app.register(docsRoutes);
  return app;
}

function serverOptions({ TRUST_PROXY, LOG_LEVEL }: Config): FastifyServerOptions {
  return {
    logger: { level: LOG_LEVEL, base: null },
    // Events tell of calls; Fastify's own request lines would hold the URL, and with it the secret.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: TRUST_PROXY === 'false' ? false : TRUST_PROXY,
    bodyLimit: BODY_BYTES,
    // A client that sends its request slower than this is none of ours, ms.
    requestTimeout: 15_000,
    // Fastify gives a preClose hook as long as a plugin: longer than the drain of running turns takes, ms.
    pluginTimeout: 30_000,
    // We answer for ourselves while we stop, in our own words.
    return503OnClosing: false,
    // After the drain nobody is waited for: a client that stalls must not keep the process from ending.
    forceCloseConnections: true,
    genReqId: () => crypto.randomUUID(),
    schemaController: { compilersFactory },
    ...unreadable,
  };
}
