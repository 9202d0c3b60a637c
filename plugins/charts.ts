import type { FastifyPluginAsync } from 'fastify';
import fp from 'fastify-plugin';
import { type ChartRenderer, createChartRenderer } from '../src/charts/renderer.ts';

declare module 'fastify' {
  interface FastifyInstance {
    charts: ChartRenderer;
  }
}

/** Draws charts in a worker thread, which starts with the first chart and ends when it is idle. */
const plugin: FastifyPluginAsync = async (app) => {
  const charts = createChartRenderer();
  app.decorate('charts', charts);
  app.addHook('onClose', () => charts.close());
};

export default fp(plugin, { name: 'charts' });
