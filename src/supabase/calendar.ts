import { MONTH_NAMES, MONTH_NUMBERS } from '../indonesian-months.ts';
import { WEEKDAY_NAMES } from '../language/weekdays.ts';

/** A calendar day, `2026-11-24`. Days compare as text. */
export type Day = string;
/** A calendar month, `2026-11`. Months compare as text. */
export type Month = string;
/** Days from `from` to `to`, both included. */
export interface DayRange {
  from: Day;
  to: Day;
}

/** The periods that the tools accept by name. */
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

/** The Indonesian name of each period. */
export const PERIOD_NAMES: Readonly<Record<Period, string>> = {
  yesterday: 'kemarin',
  today: 'hari ini',
  tomorrow: 'besok',
  last_week: 'minggu lalu',
  this_week: 'minggu ini',
  next_week: 'minggu depan',
  last_month: 'bulan lalu',
  this_month: 'bulan ini',
  next_month: 'bulan depan',
  this_year: 'tahun ini',
};

/** The day in `timezone` at `instant` (ms since the epoch). @throws RangeError for an unknown time zone */
export function dayAt(instant: number, timezone: string): Day {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(instant))
    .toZonedDateTimeISO(timezone)
    .toPlainDate()
    .toString();
}

/** The day `days` after `day`. */
export function addDays(day: Day, days: number): Day {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** The month `months` after `month`. */
export function addMonths(month: Month, months: number): Month {
  return Temporal.PlainYearMonth.from(month).add({ months }).toString();
}

/** The month of a day. */
export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

/** Monday to Sunday of the week of `day`. */
export function weekOf(day: Day): DayRange {
  const date = Temporal.PlainDate.from(day);
  const monday = date.subtract({ days: date.dayOfWeek - 1 });
  return { from: monday.toString(), to: monday.add({ days: 6 }).toString() };
}

/** First to last day of a month. */
export function daysOfMonth(month: Month): DayRange {
  const { daysInMonth } = Temporal.PlainYearMonth.from(month);
  return { from: `${month}-01`, to: `${month}-${daysInMonth}` };
}

/** The days of a named period, relative to `today`. */
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
  return WEEKDAY_NAMES[Temporal.PlainDate.from(day).dayOfWeek - 1] ?? '';
}

/** Formats a day for users: «Selasa, 24 November 2026». */
export function indonesianDate(day: Day): string {
  return `${weekdayName(day)}, ${Number(day.slice(8))} ${indonesianMonth(monthOf(day))}`;
}

/** Formats a month for users: «November 2026». */
export function indonesianMonth(month: Month): string {
  return `${MONTH_NAMES[Number(month.slice(5, 7)) - 1]} ${Number(month.slice(0, 4))}`;
}

/**
 * Parses a day: `2026-11-24`, `2026-11-4`, `24/11/2026`, `24 November 2026`, or a timestamp. A timestamp is converted to
 * `timezone` unless its time is midnight (a date column cast to a timestamp).
 * @returns undefined when the value is not an existing day
 */
export function parseDay(value: unknown, timezone: string): Day | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:$|[T ](.+)$)/.exec(text);
  if (iso) {
    const day = toExistingDay(iso[1], iso[2], iso[3]);
    const time = iso[4];
    if (!day || !time || /^00:00(:00(\.0+)?)?($|[Z+-])/.test(time)) return day;
    const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(time);
    const instant = zoned ? Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00')) : Number.NaN;
    if (zoned) return Number.isNaN(instant) ? undefined : dayAt(instant, timezone);
    return /^\d{2}:\d{2}/.test(time) ? day : undefined;
  }
  const local = /^(\d{1,2})[-/. ]([\p{L}\d]+)[-/. ](\d{4})$/u.exec(text);
  return local ? toExistingDay(local[3], parseMonthNumber(local[2]), local[1]) : undefined;
}

/** Parses a month: `2026-09`, `2026-9`, `2026-09-30`, `09/2026`, `September 2026`, `sep 2026`. @returns undefined otherwise */
export function parseMonth(value: unknown): Month | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const iso = /^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?$/.exec(text);
  const local = /^([\p{L}\d]+)[-/. ](\d{4})$/u.exec(text);
  const day = iso
    ? toExistingDay(iso[1], iso[2], iso[3] ?? '1')
    : local
      ? toExistingDay(local[2], parseMonthNumber(local[1]), '1')
      : undefined;
  return day && monthOf(day);
}

/** Parses a month number, or the first letters (at least three) of a month's name. */
function parseMonthNumber(text = ''): string | undefined {
  if (/^\d{1,2}$/.test(text)) return text;
  if (text.length < 3) return undefined;
  const lower = text.toLowerCase();
  const exact = MONTH_NUMBERS.get(lower);
  if (exact !== undefined) return String(exact);
  const index = MONTH_NAMES.findIndex((name) => name.toLowerCase().startsWith(lower));
  return index < 0 ? undefined : String(index + 1);
}

/** @returns undefined when the day does not exist in the calendar or is before 1900 */
function toExistingDay(year?: string, month?: string, day?: string): Day | undefined {
  if (!year || !month || !day || year < '1900') return undefined;
  const fields = { year: Number(year), month: Number(month), day: Number(day) };
  if (fields.month < 1 || fields.day < 1) return undefined;
  try {
    return Temporal.PlainDate.from(fields, { overflow: 'reject' }).toString();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
