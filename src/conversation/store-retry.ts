import { ConstantBackoff, handleType, retry } from 'cockatiel';
import { StoreUnavailable } from '../errors.ts';

/** Interval between two attempts of a write that the store rejected, ms. */
const RETRY_INTERVAL_MS = 500;

/** Repeats a write until the store accepts it. @throws the last StoreUnavailable after shutdown; any other error at once */
export type StoreRetry = <T>(write: () => Promise<T>) => Promise<T>;

/** What was generated or sent must not be repeated only because the disk was full for a moment. */
export function createStoreRetry(stop: AbortSignal): StoreRetry {
  const policy = retry(handleType(StoreUnavailable), {
    maxAttempts: Number.POSITIVE_INFINITY,
    backoff: new ConstantBackoff(RETRY_INTERVAL_MS),
  });
  return (write) => policy.execute(write, stop);
}
