import { StoreUnavailable } from '../errors.ts';

/** How often a write that the store did not take is tried again, ms. */
const RETRY_MS = 500;

/**
 * Repeats a write until the store takes it or `stop` aborts: what was generated or sent must not be done again only
 * because the disk was full for a moment. @throws the last StoreUnavailable after `stop`; any other error at once
 */
export function createDurably(stop: AbortSignal, pause: (ms: number) => Promise<void>) {
  return async function durably<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || stop.aborted) throw error;
        await pause(RETRY_MS);
      }
    }
  };
}
