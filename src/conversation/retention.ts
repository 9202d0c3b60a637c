import type { Retention } from '../store/types.ts';
import { DAY_MS } from '../time/units.ts';

/** How long data is stored (docs/privacy.md). `sessionMs`: idle time of a session, ms. */
export function buildRetention(sessionMs: number): Retention {
  return {
    sessionMs,
    answeredMs: DAY_MS,
    deadLetterMs: 30 * DAY_MS,
    // Operators have a weekend to notice a wrong clock.
    deadLetterHoldMs: 3 * DAY_MS,
    idempotencyKeyMs: DAY_MS,
    sentAlertMs: 30 * DAY_MS,
    tokenUsageMs: 3 * DAY_MS,
  };
}
