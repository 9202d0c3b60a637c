import { setTimeout as delay } from 'node:timers/promises';
import { UpstreamCallError, UpstreamRejectedError } from '../upstream/errors.ts';
import type { ReportReader } from './paging.ts';

/** Delay before a failed read is repeated, in ms: PostgREST reloads its schema cache in about this time. */
const RETRY_DELAY_MS = 500;

/** Wraps a reader so that a read that failed for a passing reason is repeated once. */
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
    if (!isPassing(error)) throw error;
    await delay(RETRY_DELAY_MS, undefined, { signal });
    return await read();
  }
}

/** While the circuit is open, a repeat would fail as well. */
function isPassing(error: unknown): boolean {
  if (error instanceof UpstreamRejectedError) return !error.permanent;
  return error instanceof UpstreamCallError && error.kind !== 'aborted';
}
