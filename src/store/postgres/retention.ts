import { MAX_CLOCK_JUMP_MS, MAX_PAUSE_MS, type Retention, type Store } from '../types.ts';
import type { Database } from './database.ts';

/** Maximum rows of a table per statement, because its locks delay turns. */
const MAX_DELETED_ROWS = 100;

/**
 * Creates `Store.prune`; the rules are those of the embedded store, also for a clock that is set ahead. PostgreSQL overwrites
 * deleted rows when it reuses their space, after a vacuum.
 */
export function createPrune(
  database: Database,
  retention: Retention,
  now: () => number,
  monotonicNow: () => number,
): Store['prune'] {
  let lastPruneAt: number | null = null;

  return async function prune() {
    const prunedAt = monotonicNow();
    const hold = {
      passedMs: lastPruneAt === null ? 0 : Math.round(prunedAt - lastPruneAt),
      maxJumpMs: MAX_CLOCK_JUMP_MS,
      fullHoldMs: retention.deadLetterHoldMs,
    };
    const holdMs = await database.runAlone<number>('update_hold', hold);
    lastPruneAt = prunedAt;
    const { sessionMs, answeredMs, deadLetterMs, idempotencyKeyMs } = retention;
    const slice = {
      sessionMs,
      answeredMs,
      deadLetterMs,
      idempotencyKeyMs,
      // Alerts are the keys with the longest lifetime.
      longestKeyMs: retention.sentAlertMs + MAX_CLOCK_JUMP_MS,
      longestPauseMs: MAX_PAUSE_MS + MAX_CLOCK_JUMP_MS,
      holdsDeadLetters: holdMs > 0,
      maxRows: MAX_DELETED_ROWS,
    };
    let deleted = 0;
    for (let rows = -1; rows !== 0; ) {
      const firstDay = new Date(now() - retention.tokenUsageMs).toISOString().slice(0, 10);
      rows = await database.runAlone<number>('prune', { ...slice, firstDay });
      deleted += rows;
    }
    return deleted;
  };
}
