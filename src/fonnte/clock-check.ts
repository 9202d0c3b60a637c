import type { Events } from '../events.ts';
import { HOUR_MS } from '../time/units.ts';
import { STALE_MS } from './parse-webhook.ts';

/** Consecutive calls that must differ from our clock before it counts as wrong. */
const MIN_CALLS = 3;
/** Largest spread of the differences of such calls, in ms: FONNTE repeats a call for 15 minutes. A backlog has a larger spread. */
const MAX_SPREAD_MS = 30 * 60 * 1000;

/**
 * Compares our clock with the timestamps of FONNTE's calls and emits `clock.checked` when the result changes. A clock that is
 * more than 12 hours ahead makes every message stale. Other causes (a replayed call, a backlog after an outage) do not give
 * several consecutive calls with the same difference.
 */
export function createClockCheck(options: { events: Events; now: () => number }): {
  /** `sentAt`: timestamp of a call, ms since the epoch; null if the call has no timestamp. */
  compare(sentAt: number | null): void;
} {
  let state: 'ok' | 'ahead' | 'behind' | 'unknown' = 'unknown';
  let first = 0;
  let calls = 0;

  const report = (next: 'ok' | 'ahead' | 'behind', differenceMs: number) => {
    if (state === next) return;
    state = next;
    options.events.emit({ type: 'clock.checked', state: next, hours: Math.round(Math.abs(differenceMs) / HOUR_MS) });
  };

  return {
    compare(sentAt) {
      if (sentAt === null) return;
      const differenceMs = options.now() - sentAt;
      if (Math.abs(differenceMs) <= STALE_MS) {
        calls = 0;
        return report('ok', differenceMs);
      }
      if (calls === 0 || Math.abs(differenceMs - first) > MAX_SPREAD_MS) {
        first = differenceMs;
        calls = 0;
      }
      calls += 1;
      if (calls >= MIN_CALLS) report(differenceMs > 0 ? 'ahead' : 'behind', differenceMs);
    },
  };
}
