import { hostname } from 'node:os';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { type ConsoleService, createConsoleService } from '../src/console/console-service.ts';
import { version } from '../src/version.ts';

declare module 'fastify' {
  interface FastifyInstance {
    console: ConsoleService;
  }
}

/**
 * The live state for the operators' console. Registered before the conversations: their shutdown waits for running turns,
 * and the streams must not stay open for that long.
 */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, store, session, fonnte, health, numberReferences } = app;
  const service = createConsoleService({
    events,
    now,
    sources: {
      process: {
        instance: `${hostname()}:${process.pid}`,
        version,
        startedAt: now(),
        isShared: config.DATABASE_URL !== undefined && config.DATABASE_URL !== '',
        timezone: config.APP_TIMEZONE,
        portal: config.PORTAL_NAME,
      },
      health,
      device: () => fonnte.summary(),
      runningTurns: () => app.conversations.running(),
      inbox: () => store.inbox.status(),
      deadLetters: (page) => store.deadLetters.list(page),
      alerts: () => store.sentAlerts.all(),
      conversations: (page) => store.conversations.active({ ...page, activeSince: session.activeSince() }),
      seal: numberReferences.seal,
    },
  });
  app.decorate('console', service);
  app.addHook('preClose', async () => service.stop());
};

export default fp(plugin, {
  name: 'console',
  dependencies: ['authentication', 'store', 'session', 'fonnte', 'health'],
});
