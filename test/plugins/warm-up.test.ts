import t from 'tap';
import { buildApp } from '../../src/app.ts';
import { createEvents, type Occurrence } from '../../src/events.ts';
import { parseConfig } from '../../src/load-config.ts';
import { environmentOf, scratchFolder, startWorld } from '../helper.ts';

t.test(
  'what is loaded later is loaded once the service listens, in order; one that fails is told of and holds up none',
  async (t) => {
    const world = await startWorld(t);
    const events = createEvents();
    const failed: Occurrence[] = [];
    events.on((occurrence) => {
      if (occurrence.type === 'service.failed') failed.push(occurrence);
    });
    const config = parseConfig({ DATA_DIR: scratchFolder(t), ...environmentOf(world) });
    const app = await buildApp({ config, events });
    t.teardown(() => app.close());
    const order: string[] = [];
    const loaded = Promise.withResolvers<void>();
    app.loadLater('percobaan', async () => {
      order.push('first');
      throw new Error('tidak ada berkas');
    });
    app.loadLater('berikutnya', () => {
      order.push('second');
      loaded.resolve();
    });
    await app.ready();
    t.same(order, [], 'not before');
    await app.listen({ port: 0, host: '127.0.0.1' });
    await loaded.promise;
    t.same(order, ['first', 'second']);
    t.match(failed, [{ name: 'percobaan not loaded' }]);
    t.notMatch(JSON.stringify(failed), 'tidak ada berkas');
    t.equal((await app.inject('/api/health')).statusCode, 200);
  },
);
