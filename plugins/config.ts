import env from '@fastify/env';
import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { type Config, configSchema } from '../src/config/schema.ts';
import { createEvents, type Events } from '../src/events.ts';
import { logEvents } from '../src/observability/event-logger.ts';
import { type Texts, texts } from '../src/texts.ts';

declare module 'fastify' {
  interface FastifyInstance {
    config: Config;
    events: Events;
    texts: Texts;
    /** Milliseconds since the epoch; tests replace it. */
    now: () => number;
    /** A clock that is never set, ms; tests replace it. */
    monotonicNow: () => number;
  }
}

/** `config` has been read by `loadConfig`: the logger and `trustProxy` need it before the instance exists. */
export interface ConfigOptions {
  config: Config;
  events?: Events;
  texts?: Texts;
  now?: () => number;
  monotonicNow?: () => number;
}

/** Decorators that every other plugin uses: the configuration, the event channel with its log, the texts and the clock. */
const plugin: FastifyPluginAsync<ConfigOptions> = async (app, options) => {
  await app.register(env, { schema: configSchema, data: options.config, env: false });
  const now = options.now ?? Date.now;
  app.decorate('now', now);
  app.decorate('monotonicNow', options.monotonicNow ?? (() => performance.now()));
  const events = options.events ?? createEvents(now);
  app.decorate('events', events);
  events.on(logEvents(app.log));
  app.decorate('texts', options.texts ?? texts);
};

export default fp(plugin, { name: 'config' });
