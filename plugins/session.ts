import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { sessionIdleMs } from '../src/config/schema.ts';
import { createSessionService, type SessionService } from '../src/session/session.ts';

declare module 'fastify' {
  interface FastifyInstance {
    session: SessionService;
  }
}

/** The recent history of each conversation. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, store, now } = app;
  const session = createSessionService({
    sessions: store.sessions,
    maxEntries: config.SESSION_MAX_MESSAGES,
    idleMs: sessionIdleMs(config),
    now,
  });
  app.decorate('session', session);
};

export default fp(plugin, { name: 'session', dependencies: ['config', 'store'] });
