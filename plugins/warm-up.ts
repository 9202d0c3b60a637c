import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { warmUpChecks } from '../src/schema-check.ts';
import { warmUpSerializers } from './compilers.ts';

/** When it is loaded, after the service listens, ms. */
const WARM_UP_MS = 250;

/** Calls are taken first; what the first message needs is loaded a moment later, before anybody waits for it. */
const plugin: FastifyPluginAsync = async (app) => {
  let warming: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    warming = setTimeout(() => {
      warmUpSerializers();
      void warmUpChecks();
    }, WARM_UP_MS).unref();
  });
  app.addHook('onClose', async () => clearTimeout(warming));
};

export default fp(plugin, { name: 'warm-up' });
