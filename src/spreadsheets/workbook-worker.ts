import { parentPort, workerData } from 'node:worker_threads';
import type { Table } from './table.ts';
import { buildWorkbook } from './workbook.ts';

/** The request to a worker: a table, and the maximum size of its workbook in bytes. */
export interface WorkbookRequest {
  table: Table;
  maxBytes: number;
}

/** A workbook with the first `rows` rows of the table. */
export interface BuiltWorkbook {
  data: Uint8Array<ArrayBuffer>;
  rows: number;
}

/** Rows compress differently: aim below the maximum, so that the second attempt fits. */
const AIM = 0.9;

const { table, maxBytes } = workerData as WorkbookRequest;
const workbook = await buildWithin(table.rows.length);
parentPort?.postMessage(workbook, [workbook.data.buffer]);

/** Builds the workbook with at most this many rows, and with fewer if it is too large. */
async function buildWithin(rows: number): Promise<BuiltWorkbook> {
  const built = await buildWorkbook({ ...table, rows: table.rows.slice(0, rows) });
  if (built.length > maxBytes && rows > 0) {
    return await buildWithin(Math.floor((rows * maxBytes * AIM) / built.length));
  }
  return { data: new Uint8Array(built), rows };
}
