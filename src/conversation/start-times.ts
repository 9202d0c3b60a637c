import type { PendingConversation } from '../store/records.ts';
import { MAX_CRASHES, MAX_RETRY_DELAY_MS } from './retry-policy.ts';

/** Ms until a retry that the store holds (`retryAt`, ms since the epoch); 0 where it is further ahead than any retry can be. */
export function msUntilRetry(retryAt: number | null, now: number): number {
  const delayMs = (retryAt ?? 0) - now;
  return delayMs > MAX_RETRY_DELAY_MS ? 0 : delayMs;
}

/** Whether one more crash of a conversation's open turn would be its last. */
export function isLastStart({ crashes }: PendingConversation): boolean {
  return crashes === MAX_CRASHES - 1;
}
