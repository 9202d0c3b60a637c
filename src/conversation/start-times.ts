import type { PendingConversation } from '../store/records.ts';
import { MAX_CRASHES, MAX_RETRY_DELAY_MS } from './retry-policy.ts';

/** A turn starts at most this many coalescing windows after its first message. */
const MAX_WINDOWS = 3;

/**
 * Ms until the waiting messages of a conversation make a turn: one window after the last, at most three after the first;
 * 0 where their time is ahead, because the clock was set back since.
 */
export function msUntilDue(
  { firstAt, lastAt }: Pick<PendingConversation, 'firstAt' | 'lastAt'>,
  coalesceMs: number,
  now: number,
): number {
  if (firstAt === null || lastAt === null || lastAt > now) return 0;
  return Math.min(lastAt + coalesceMs, firstAt + MAX_WINDOWS * coalesceMs) - now;
}

/** Ms until a retry that the store holds (`retryAt`, ms since the epoch); 0 where it is further ahead than any retry can be. */
export function msUntilRetry(retryAt: number | null, now: number): number {
  const delayMs = (retryAt ?? 0) - now;
  return delayMs > MAX_RETRY_DELAY_MS ? 0 : delayMs;
}

/** Whether one more crash of a conversation's open turn would be its last. */
export function isLastStart({ crashes }: PendingConversation): boolean {
  return crashes === MAX_CRASHES - 1;
}
