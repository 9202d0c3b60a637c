import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../src/config.ts';
import { logEvents } from '../src/event-log.ts';
import { createEvents, type Events } from '../src/events.ts';
import { type Texts, texts } from '../src/texts.ts';

declare module 'fastify' {
  interface FastifyInstance {
    config: Config;
    events: Events;
    texts: Texts;
    /** Milliseconds since the epoch; a test may hold it. */
    now: () => number;
  }
}

/** What everything else is built from: configuration, the channel of events, the sentences, the clock. */
export interface ConfigOptions {
  config: Config;
  events?: Events;
  texts?: Texts;
  now?: () => number;
}

const plugin: FastifyPluginAsync<ConfigOptions> = async (app, options) => {
  const now = options.now ?? Date.now;
  app.decorate('config', options.config);
  app.decorate('now', now);
  const events = options.events ?? createEvents(now);
  app.decorate('events', events);
  events.on(logEvents(app.log));
  app.decorate('texts', options.texts ?? texts);
};

export default fp(plugin, { name: 'config' });
