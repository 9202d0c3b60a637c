/** Working hours in `APP_TIMEZONE`, Monday to Friday. */
const WORKING_HOURS = { from: 8, to: 16 };
const SATURDAY = 6;

/**
 * Whether at least `minutes` of today's working hours have passed since `lastAt` (ms since the epoch); the time before
 * work starts does not count. False outside working hours. @throws RangeError for an unknown time zone
 */
export function isInactive(lastAt: number, now: number, minutes: number, timeZone: string): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  if (local.dayOfWeek >= SATURDAY || local.hour < WORKING_HOURS.from || local.hour >= WORKING_HOURS.to) return false;
  const startOfWork = local.withPlainTime({ hour: WORKING_HOURS.from }).epochMilliseconds;
  return now - Math.max(lastAt, startOfWork) >= minutes * 60_000;
}
