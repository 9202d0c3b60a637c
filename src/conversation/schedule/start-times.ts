import { isReplying, type NextWork, type PendingConversation } from '../../store/records.ts';
import { MAX_CRASHES, MAX_RETRY_DELAY_MS } from '../retry-policy.ts';

/** Ms until a retry that the store holds (`retryAt`, ms since the epoch); 0 where it is further ahead than any retry can be. */
export function msUntilRetry(retryAt: number | null, now: number): number {
  const delayMs = (retryAt ?? 0) - now;
  return delayMs > MAX_RETRY_DELAY_MS ? 0 : delayMs;
}

/** A pause that another process changed is read again after this time, ms. */
const MAX_HOLD_MS = 60_000;

/** Ms until the work of a conversation is looked at again because a pause holds it; 0 when no pause does. */
export function msUntilReleased({ open, pause }: NextWork, now: number): number {
  if (!pause || (open && isReplying(open))) return 0;
  return Math.min(Math.max(0, pause.endsAt - now), MAX_HOLD_MS);
}

/** Whether one more crash of a conversation's open turn would be its last. */
export function isLastStart({ crashes }: PendingConversation): boolean {
  return crashes === MAX_CRASHES - 1;
}
