import { flushCompileCache } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { stackFrames } from '../src/events.ts';
import { warmUpChecks } from '../src/schema-check.ts';
import { warmUpSerializers } from './compilers.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Has `load` called a moment after the service listens; `what` names it, should it fail. */
    loadLater(what: string, load: () => unknown): void;
  }
}

/** When it begins, after the service listens, ms. */
const WARM_UP_MS = 250;

/** Calls are taken first; what the first message needs is loaded a moment later, one after another, before anybody waits for it. */
const plugin: FastifyPluginAsync = async (app) => {
  const loads: [what: string, load: () => unknown][] = [
    ['serializers', warmUpSerializers],
    ['checks', warmUpChecks],
  ];
  let warming: NodeJS.Timeout | undefined;

  async function warmUp(): Promise<void> {
    for (const [what, load] of loads) {
      if (app.stopping) return;
      try {
        await load();
      } catch (error) {
        // Whoever needs it asks for it again, and tells of it then.
        app.events.emit({ type: 'service.failed', name: `${what} not loaded`, frames: stackFrames(error) });
      }
      // Calls that came in meanwhile are not made to wait for the next.
      await setImmediate();
    }
    // Node writes what it compiled when it exits: a process that is killed would leave the next start nothing.
    flushCompileCache();
  }

  app.decorate('loadLater', (what, load) => void loads.push([what, load]));
  app.addHook('onListen', async () => {
    warming = setTimeout(() => void warmUp(), WARM_UP_MS).unref();
  });
  app.addHook('onClose', async () => clearTimeout(warming));
};

export default fp(plugin, { name: 'warm-up', dependencies: ['config', 'lifecycle'] });
