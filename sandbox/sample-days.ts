/** A calendar day, `2026-11-24`. */
export type Day = string;

/** @returns the date of `now` in `timezone` */
export function dayAt(now: Date, timezone: string): Day {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' }).format(now);
}

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** @returns the Monday of the week of `day` */
export function mondayOf(day: Day): Day {
  return addDays(day, -((new Date(day).getUTCDay() + 6) % 7));
}

/** @returns the last day of the month that is `monthsBefore` months before the month of `day` */
export function endOfMonth(day: Day, monthsBefore = 0): Day {
  const [year = 0, month = 0] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - monthsBefore, 0)).toISOString().slice(0, 10);
}

/** Formats an instant as Supabase formats a timestamptz. */
export function instantOf(day: Day, hour: number): string {
  return `${day}T${String(hour).padStart(2, '0')}:15:30.123456+00:00`;
}

/** Builds a readable uuid: `a0000000-0000-4000-8000-000000000012` is activity 12. */
export function sampleId(kind: 'user' | 'activity' | 'allocation' | 'report', number: number): string {
  const first = { user: '00', activity: 'a0', allocation: 'b0', report: 'c0' }[kind];
  return `${first}000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Creates a generator of numbers in [0, 1); equal seeds give equal sequences (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
