import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { MAX_UPLOAD_BYTES } from '../src/fonnte/client.ts';
import { createSpreadsheets, type Spreadsheets } from '../src/spreadsheets/spreadsheets.ts';

declare module 'fastify' {
  interface FastifyInstance {
    spreadsheets: Spreadsheets;
  }
}

/** Builds workbooks that FONNTE accepts. */
const plugin: FastifyPluginAsync = async (app) => {
  app.decorate('spreadsheets', createSpreadsheets({ maxBytes: MAX_UPLOAD_BYTES }));
};

export default fp(plugin, { name: 'spreadsheets' });
