/** Interval in which the time of an operation is counted, ms. */
const STEP_MS = 100;
/** Maximum time that counts for a step, ms: a longer one was a pause of the event loop, in which nothing can be received. */
const MAX_STEP_MS = 250;

/**
 * Limits the total time of operations that run one after the other. The returned function rejects with `onLimit()` when
 * `ms` have passed in its calls; the operation is not ended by that. Pauses of the event loop do not count, and a response
 * that has arrived by then does: due timers run before sockets are read.
 */
export function createTimeLimit(ms: number, onLimit: () => Error) {
  let leftMs = ms;

  return async function limit<T>(operation: Promise<T>): Promise<T> {
    const reached = Promise.withResolvers<never>();
    let countedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    let afterReading: NodeJS.Immediate | undefined;
    const count = () => {
      const now = performance.now();
      leftMs -= Math.min(now - countedAt, MAX_STEP_MS);
      countedAt = now;
    };
    const wait = () => {
      timer = setTimeout(check, Math.min(Math.max(leftMs, 0), STEP_MS));
    };
    const check = () => {
      count();
      if (leftMs > 0) wait();
      else afterReading = setImmediate(() => reached.reject(onLimit()));
    };
    wait();
    try {
      return await Promise.race([operation, reached.promise]);
    } finally {
      count();
      clearTimeout(timer);
      clearImmediate(afterReading);
    }
  };
}
