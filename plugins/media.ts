import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { parseList } from '../src/config/schema.ts';
import { createMedia, type Media } from '../src/fonnte/media/media.ts';

declare module 'fastify' {
  interface FastifyInstance {
    media: Media;
  }
}

/** The files that people attach. */
const plugin: FastifyPluginAsync = async (app) => {
  const media = createMedia({ hosts: parseList(app.config.MEDIA_HOSTS), events: app.events });
  app.decorate('media', media);
  app.addHook('onClose', () => media.close());
};

export default fp(plugin, { name: 'media', dependencies: ['config'] });
