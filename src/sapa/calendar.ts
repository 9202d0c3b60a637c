/** A calendar day, `2026-11-24`. Days compare as text. */
export type Day = string;
/** A calendar month, `2026-11`. Months compare as text. */
export type Month = string;
/** Days from `from` to `to`, both included. */
export interface DayRange {
  from: Day;
  to: Day;
}

/** The periods that can be asked for by name. */
export const PERIODS = [
  'yesterday',
  'today',
  'tomorrow',
  'last_week',
  'this_week',
  'next_week',
  'last_month',
  'this_month',
  'next_month',
  'this_year',
] as const;
export type Period = (typeof PERIODS)[number];

const WEEKDAYS = ['Minggu', 'Senin', 'Selasa', 'Rabu', 'Kamis', 'Jumat', 'Sabtu'];
const MONTHS = [
  'Januari',
  'Februari',
  'Maret',
  'April',
  'Mei',
  'Juni',
  'Juli',
  'Agustus',
  'September',
  'Oktober',
  'November',
  'Desember',
];
const DAY_MS = 86_400_000;
/** A timezone's formatter, and the second that it was asked for last, with the day that it was then. */
type Clock = { formatter: Intl.DateTimeFormat; second: number; day: Day };

const clocks = new Map<string, Clock>();

/** The day that it is in `timezone` at `instant` (ms since 1970). Throws RangeError for an unknown timezone. */
export function dayAt(instant: number, timezone: string): Day {
  const clock = clocks.get(timezone) ?? newClock(timezone);
  // The same question comes several times in each turn. Clocks are set at whole seconds, so that a day holds for all of one.
  const second = Math.floor(instant / 1000);
  if (second === clock.second) return clock.day;
  clock.day = clock.formatter.format(instant).padStart(10, '0');
  clock.second = second;
  return clock.day;
}

function newClock(timezone: string): Clock {
  // The proleptic Gregorian calendar in every locale; en-CA writes year-month-day.
  const formatter = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const clock = { formatter, second: Number.NaN, day: '' };
  clocks.set(timezone, clock);
  return clock;
}

/** The day `days` after `day`. */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The month `months` after `month`. */
export function addMonths(month: Month, months: number): Month {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** The month of a day. */
export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

/** Monday to Sunday around `day`. */
export function weekOf(day: Day): DayRange {
  const monday = addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
  return { from: monday, to: addDays(monday, 6) };
}

/** First to last day of a month. */
export function daysOfMonth(month: Month): DayRange {
  return { from: `${month}-01`, to: addDays(`${addMonths(month, 1)}-01`, -1) };
}

/** The days of a named period, seen from `today`. */
export function daysOfPeriod(period: Period, today: Day): DayRange {
  const single = (day: Day) => ({ from: day, to: day });
  switch (period) {
    case 'yesterday':
      return single(addDays(today, -1));
    case 'today':
      return single(today);
    case 'tomorrow':
      return single(addDays(today, 1));
    case 'last_week':
      return weekOf(addDays(today, -7));
    case 'this_week':
      return weekOf(today);
    case 'next_week':
      return weekOf(addDays(today, 7));
    case 'last_month':
      return daysOfMonth(addMonths(monthOf(today), -1));
    case 'this_month':
      return daysOfMonth(monthOf(today));
    case 'next_month':
      return daysOfMonth(addMonths(monthOf(today), 1));
    case 'this_year':
      return { from: `${today.slice(0, 4)}-01-01`, to: `${today.slice(0, 4)}-12-31` };
  }
}

/** The Indonesian name of a day's weekday: «Selasa». */
export function weekdayName(day: Day): string {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '';
}

/** A day as users read it: «Selasa, 24 November 2026». */
export function indonesianDate(day: Day): string {
  return `${weekdayName(day)}, ${Number(day.slice(8))} ${indonesianMonth(monthOf(day))}`;
}

/** A month as users read it: «November 2026». */
export function indonesianMonth(month: Month): string {
  return `${MONTHS[Number(month.slice(5, 7)) - 1]} ${Number(month.slice(0, 4))}`;
}

/**
 * Reads a day: `2026-11-24`, `2026-11-4`, `24/11/2026`, `24 November 2026`, or a timestamp, whose day in `timezone`
 * counts unless it stands at midnight (a date column cast to a timestamp). Undefined for what is no real day.
 */
export function parseDay(value: unknown, timezone: string): Day | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:$|[T ](.+)$)/.exec(text);
  if (iso) {
    const day = realDay(iso[1], iso[2], iso[3]);
    const time = iso[4];
    if (!day || !time || /^00:00(:00(\.0+)?)?($|[Z+-])/.test(time)) return day;
    const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(time);
    const instant = zoned ? Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00')) : Number.NaN;
    if (zoned) return Number.isNaN(instant) ? undefined : dayAt(instant, timezone);
    return /^\d{2}:\d{2}/.test(time) ? day : undefined;
  }
  const local = /^(\d{1,2})[-/. ]([\p{L}\d]+)[-/. ](\d{4})$/u.exec(text);
  return local ? realDay(local[3], monthNumber(local[2]), local[1]) : undefined;
}

/** Reads a month: `2026-09`, `2026-9`, `2026-09-30`, `09/2026`, `September 2026`, `sep 2026`. Undefined for anything else. */
export function parseMonth(value: unknown): Month | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const iso = /^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?$/.exec(text);
  const local = /^([\p{L}\d]+)[-/. ](\d{4})$/u.exec(text);
  const day = iso
    ? realDay(iso[1], iso[2], iso[3] ?? '1')
    : local
      ? realDay(local[2], monthNumber(local[1]), '1')
      : undefined;
  return day && monthOf(day);
}

function monthNumber(text = ''): string | undefined {
  if (/^\d{1,2}$/.test(text)) return text;
  if (text.length < 3) return undefined;
  const lower = text.toLowerCase();
  const found = MONTHS.findIndex((name) => name.toLowerCase().startsWith(lower));
  // «Agt» and «Nop» are everyday short forms that no name starts with.
  if (found < 0) return { agt: '8', agu: '8', nop: '11' }[lower];
  return String(found + 1);
}

function realDay(year?: string, month?: string, day?: string): Day | undefined {
  if (!year || !month || !day || year < '1900') return undefined;
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (!(m >= 1 && m <= 12) || !(d >= 1 && d <= daysIn(y, m))) return undefined;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
