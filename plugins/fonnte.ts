import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createUpstream, type Upstream } from '../src/upstream.ts';
import { createFonnteClient, type FonnteClient } from '../src/whatsapp/fonnte-client.ts';
import { createReply, type Outgoing } from '../src/whatsapp/reply.ts';

declare module 'fastify' {
  interface FastifyInstance {
    whatsapp: FonnteClient & { reply(outgoing: Outgoing): Promise<boolean> };
    fonnte: Upstream;
  }
}

/** The longest wait for one FONNTE call, ms. */
const TIMEOUT_MS = 10_000;

/** WhatsApp, through FONNTE. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events } = app;
  const upstream = createUpstream({ name: 'fonnte', timeoutMs: TIMEOUT_MS, events });
  const indicators = createUpstream({ name: 'fonnte', timeoutMs: TIMEOUT_MS, events, failuresToOpen: Infinity });
  const fonnte = createFonnteClient({
    apiUrl: config.FONNTE_API_URL,
    token: config.FONNTE_TOKEN,
    upstream,
    indicators,
  });
  const partIntervalMs = config.PART_INTERVAL_MS;
  app.decorate('fonnte', upstream);
  app.decorate('whatsapp', { ...fonnte, reply: createReply({ fonnte, partIntervalMs, events, pause }) });
  app.addHook('onClose', () => fonnte.close());
};

export default fp(plugin, { name: 'fonnte', dependencies: ['config'] });
