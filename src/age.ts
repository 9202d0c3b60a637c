/**
 * Age in ms of something that was written at `at`. Infinity if `at` is ahead of `now`: the clock was set back since, so that
 * the age is not known and counts as expired. Both times in ms since the epoch.
 */
export function ageMs(at: number, now: number): number {
  return at > now ? Number.POSITIVE_INFINITY : now - at;
}
