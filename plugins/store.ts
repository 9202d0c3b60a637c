import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { sessionIdleMs } from '../src/config/schema.ts';
import { buildRetention } from '../src/conversation/retention.ts';
import { errorName } from '../src/events.ts';
import { createSqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/types.ts';

declare module 'fastify' {
  interface FastifyInstance {
    store: Store;
  }
}

/** Interval of the deletion of expired data, ms. */
const PRUNE_MS = 60_000;

/** The durable store: opened before any call is accepted, pruned every minute, closed last. */
const plugin: FastifyPluginAsync = async (app) => {
  const { config, events, now, monotonicNow } = app;
  const retention = buildRetention(sessionIdleMs(config));
  const store = await openStore();
  app.decorate('store', store);

  async function openStore(): Promise<Store> {
    const { DATABASE_URL: url, DATABASE_LISTEN_URL: listenUrl, DATABASE_SCHEMA: schema, DATA_DIR: directory } = config;
    if (!url) return createSqliteStore({ directory, retention, events, now, monotonicNow });
    // A service without DATABASE_URL does not load the driver.
    const { createPostgresStore } = await import('../src/store/postgres/store.ts');
    return await createPostgresStore({ url, listenUrl, schema, retention, events, now, monotonicNow });
  }

  const prune = async () => {
    if (store.status() !== 'ok') return;
    const rows = await store.prune();
    if (rows > 0) events.emit({ type: 'store.pruned', rows });
  };
  // The message of an error may quote stored text, so only its name is logged. The next interval prunes again.
  const reportFailure = (error: unknown) =>
    events.emit({ type: 'store.failed', operation: 'prune', code: errorName(error) });
  const timer = setInterval(() => void prune().catch(reportFailure), PRUNE_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await store.close();
  });
};

export default fp(plugin, { name: 'store', dependencies: ['config'] });
