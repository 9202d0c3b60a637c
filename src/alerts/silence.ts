/** When people are at work, in `APP_TIMEZONE`: hours of the day, Monday to Friday. */
const WORK = { from: 8, to: 16 };
const WEEKEND = ['Sat', 'Sun'];
const MINUTE_MS = 60_000;

/**
 * Whether so many minutes of a working day have passed since `lastAt` (ms since the epoch) without a call. Before work
 * nobody is missed: the time counts from its beginning. False outside working hours. @throws RangeError for an unknown zone
 */
export function hasPassedQuietly(lastAt: number, now: number, minutes: number, timeZone: string): boolean {
  const parts = new Intl.DateTimeFormat('en-US', {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).formatToParts(now);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const minuteOfDay = Number(of('hour')) * 60 + Number(of('minute'));
  const isWork = !WEEKEND.includes(of('weekday')) && minuteOfDay >= WORK.from * 60 && minuteOfDay < WORK.to * 60;
  if (!isWork) return false;
  const workMs = (minuteOfDay - WORK.from * 60) * MINUTE_MS;
  return Math.min(now - lastAt, workMs) >= minutes * MINUTE_MS;
}
