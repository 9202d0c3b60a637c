import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { createSqliteStore } from '../src/store/sqlite/store.ts';
import type { Inbox, SessionStore, Store } from '../src/store/types.ts';

declare module 'fastify' {
  interface FastifyInstance {
    store: Store;
    inbox: Inbox;
    sessions: SessionStore;
  }
}

const PRUNE_MS = 60_000;

/** The durable store: opened before anything is taken, pruned every minute, closed last. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now } = app;
  const store = createSqliteStore({ directory: config.DATA_DIR, maxInbox: config.MAX_INBOX, events, now });
  const idleMs = config.SESSION_TIMEOUT_MINUTES * 60_000;
  const prune = async () => {
    if (store.status() !== 'ok') return;
    const rows = await store.prune(idleMs);
    if (rows > 0) events.emit({ type: 'store.pruned', rows });
  };
  // What an error says may quote what was stored: only its kind is told. The next minute prunes again.
  const failed = (error: unknown) =>
    events.emit({ type: 'store.failed', operation: 'prune', code: error instanceof Error ? error.name : 'unknown' });
  const timer = setInterval(() => void prune().catch(failed), PRUNE_MS).unref();
  app.decorate('store', store);
  app.decorate('inbox', store.inbox);
  app.decorate('sessions', store.sessions);
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await store.close();
  });
};

export default fp(plugin, { name: 'store', dependencies: ['config'] });
