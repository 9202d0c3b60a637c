import { setTimeout as delay } from 'node:timers/promises';
import { UpstreamCallError, UpstreamRejectedError } from '../upstream/errors.ts';
import { RESPONSE_TOO_LARGE } from './client.ts';
import type { ReportReader } from './paging.ts';

/** Delay before a failed read is repeated, in ms: PostgREST reloads its schema cache in about this time. */
const RETRY_DELAY_MS = 500;

/** Wraps a reader so that a failed read is repeated once. */
export function createRetryingReader(reader: ReportReader): ReportReader {
  return {
    readPage: (operation, build, signal) => retryOnce(() => reader.readPage(operation, build, signal), signal),
    readReport: (operation, build, signal) => retryOnce(() => reader.readReport(operation, build, signal), signal),
  };
}

async function retryOnce<T>(read: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!mayRepeat(error)) throw error;
    await delay(RETRY_DELAY_MS, undefined, { signal });
    return await read();
  }
}

/** An open circuit, an aborted read and a response above the size limit would fail again. */
function mayRepeat(error: unknown): boolean {
  if (error instanceof UpstreamRejectedError) return error.label !== RESPONSE_TOO_LARGE;
  return error instanceof UpstreamCallError && error.kind !== 'aborted';
}
