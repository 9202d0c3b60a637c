import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any step of a test takes on a slow machine, ms. */
export const MAX_WAIT_MS = 60_000;

/**
 * Polls `look` and resolves with the first value that is not false, null or undefined.
 * @throws after `timeoutMs`, with `what` in the message
 */
export async function waitUntil<T>(
  description: string,
  poll: () => T | Promise<T>,
  { timeoutMs = MAX_WAIT_MS, intervalMs = 50 } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await poll();
    if (result) return result as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${description}`);
    await sleep(intervalMs);
  }
}
