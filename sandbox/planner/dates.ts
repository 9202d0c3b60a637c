import { addDays, type Day, mondayOf } from '../sample-days.ts';

export { addDays, type Day, mondayOf };

/** A calendar month, `2026-11`. */
export type Month = string;

/** The months in Indonesian, January first. */
export const MONTH_NAMES = [
  'januari',
  'februari',
  'maret',
  'april',
  'mei',
  'juni',
  'juli',
  'agustus',
  'september',
  'oktober',
  'november',
  'desember',
];

/** The days of a week in Indonesian, Monday first. */
export const WEEKDAY_NAMES = ['senin', 'selasa', 'rabu', 'kamis', 'jumat', 'sabtu', 'minggu'];

const FULL_DATE = new Intl.DateTimeFormat('id-ID', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});
const MONTH_AND_YEAR = new Intl.DateTimeFormat('id-ID', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** «Selasa, 24 November 2026» */
export function formatDay(day: Day): string {
  return FULL_DATE.format(new Date(day));
}

/** «November 2026» */
export function formatMonth(month: Month): string {
  return MONTH_AND_YEAR.format(new Date(`${month}-01`));
}

export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

export function addMonths(month: Month, months: number): Month {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

/** @returns the last day of a month */
export function lastDayOf(month: Month): Day {
  return addDays(`${addMonths(month, 1)}-01`, -1);
}
