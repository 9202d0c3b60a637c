import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FileBytes } from '../types.ts';
import { createCapacity } from '../upstream/capacity.ts';
import type { Chart } from './chart.ts';
import type { RenderResponse } from './render-worker.ts';

export interface ChartRenderer {
  /**
   * Draws a chart as PNG, 1080 px wide, in a worker thread; one at a time.
   * @throws the signal's reason; Error if the chart can't be drawn or takes too long
   */
  render(chart: Chart, signal: AbortSignal): Promise<FileBytes>;
  /** Starts the worker, so that it loads its libraries while the answer is generated. */
  prepare(): void;
  /** Ends the worker. */
  close(): Promise<void>;
}

/** Maximum time of one chart with the start of the worker, ms: twenty times what both take. */
const MAX_RENDER_MS = 15_000;
/** The worker ends after this time without a chart, ms: it holds about 70 MB. */
const IDLE_MS = 60_000;
/** Maximum memory of the worker's heap, MB. A chart needs about 30. */
const MAX_HEAP_MB = 128;
/** The worker has the extension of this file: .ts in the repository, .js in the image. */
const WORKER = new URL(`./render-worker${extname(import.meta.filename)}`, import.meta.url);

/** Creates the renderer. ECharts, resvg and the font are loaded in the worker only, which starts with the first chart. */
export function createChartRenderer(options: { idleMs?: number; maxRenderMs?: number } = {}): ChartRenderer {
  const { idleMs = IDLE_MS, maxRenderMs = MAX_RENDER_MS } = options;
  const workerSlot = createCapacity(1);
  let worker: Worker | null = null;
  let idleTimer: NodeJS.Timeout | undefined;
  let lastId = 0;

  async function endWorker(): Promise<void> {
    clearTimeout(idleTimer);
    const ending = worker;
    worker = null;
    await ending?.terminate();
  }

  function startWorker(): Worker {
    const started = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    // Unref the idle worker so that the process can exit.
    started.unref();
    // The pending render rejects with the same error.
    started.on('error', () => undefined);
    started.once('exit', () => {
      if (worker === started) worker = null;
    });
    return started;
  }

  async function ask(chart: Chart, signal: AbortSignal): Promise<FileBytes> {
    signal.throwIfAborted();
    worker ??= startWorker();
    const asked = worker;
    lastId += 1;
    const id = lastId;
    const { promise, resolve, reject } = Promise.withResolvers<FileBytes>();
    const onMessage = (response: RenderResponse) => {
      if (response.id !== id) return;
      if ('error' in response) reject(response.error);
      else resolve(response.png);
    };
    const onExit = (code: number) => reject(new Error(`the worker of a chart ended with ${code}`));
    const onAbort = () => reject(signal.reason);
    asked.on('message', onMessage);
    asked.once('error', reject);
    asked.once('exit', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    asked.ref();
    asked.postMessage({ id, chart });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      asked.off('message', onMessage);
      asked.off('error', reject);
      asked.off('exit', onExit);
      asked.unref();
    }
  }

  function endWhenIdle(): void {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => void endWorker(), idleMs).unref();
  }

  return {
    prepare() {
      // A chart that is being drawn sets the timer itself.
      if (workerSlot.free === 0) return;
      worker ??= startWorker();
      endWhenIdle();
    },
    async render(chart, signal) {
      const slot = await workerSlot.acquire(1, signal);
      clearTimeout(idleTimer);
      try {
        const png = await ask(chart, AbortSignal.any([signal, AbortSignal.timeout(maxRenderMs)]));
        endWhenIdle();
        return png;
      } catch (error) {
        // Terminate the worker: it may still be rendering the aborted chart.
        await endWorker();
        throw error;
      } finally {
        slot.release();
      }
    },
    close: endWorker,
  };
}
