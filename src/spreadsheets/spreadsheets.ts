import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createCapacity } from '../upstream/capacity.ts';
import type { Table } from './table.ts';
import type { BuiltWorkbook, WorkbookRequest } from './workbook-worker.ts';

/** Maximum memory of a worker's heap, MB: three times what 5,000 rows need. */
const MAX_WORKER_HEAP_MB = 256;
/** Maximum time of one workbook, ms: fifteen times what 5,000 rows take. */
const MAX_BUILD_MS = 20_000;
/** The worker has the extension of this file: .ts in the repository, .js in the image. */
const WORKER = new URL(`./workbook-worker${extname(import.meta.filename)}`, import.meta.url);

/** Builds workbooks in worker threads, one at a time, which leaves the event loop free and limits memory. */
export interface Spreadsheets {
  /**
   * Builds the workbook (XLSX) of a table, with fewer rows than the table if it would exceed the maximum size.
   * @throws the signal's reason; Error if the worker fails or takes too long
   */
  build(table: Table, signal: AbortSignal): Promise<BuiltWorkbook>;
}

/** Creates the builder. The library is loaded in the worker only. */
export function createSpreadsheets({ maxBytes }: { maxBytes: number }): Spreadsheets {
  const workers = createCapacity(1);
  return {
    async build(table, signal) {
      const slot = await workers.acquire(1, signal);
      try {
        return await runWorker({ table, maxBytes }, AbortSignal.any([signal, AbortSignal.timeout(MAX_BUILD_MS)]));
      } finally {
        slot.release();
      }
    },
  };
}

async function runWorker(request: WorkbookRequest, signal: AbortSignal): Promise<BuiltWorkbook> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<BuiltWorkbook>();
  const worker = new Worker(WORKER, {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: MAX_WORKER_HEAP_MB },
  });
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`the worker of a workbook ended with ${code}`)));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}
