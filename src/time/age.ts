/**
 * Returns the age in ms of something written at `at`. Infinity if `at` is ahead of `now`: the clock was set back, so the age
 * is not known and counts as expired. Both times in ms since the epoch.
 */
export function ageMs(at: number, now: number): number {
  return at > now ? Number.POSITIVE_INFINITY : now - at;
}
