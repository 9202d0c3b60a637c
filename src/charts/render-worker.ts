import { parentPort } from 'node:worker_threads';
import type { Chart } from './chart.ts';
import { drawPng } from './draw.ts';

/** A chart to draw. */
export interface RenderRequest {
  id: number;
  chart: Chart;
}

/** The picture of a chart, or the error that prevented it. */
export type RenderResponse = { id: number } & ({ png: Uint8Array<ArrayBuffer> } | { error: Error });

parentPort?.on('message', ({ id, chart }: RenderRequest) => {
  try {
    const png = drawPng(chart);
    parentPort?.postMessage({ id, png } satisfies RenderResponse, [png.buffer]);
  } catch (error) {
    parentPort?.postMessage({ id, error: error as Error } satisfies RenderResponse);
  }
});
