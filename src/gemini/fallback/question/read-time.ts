import { MONTH_NAMES } from '../../../indonesian-months.ts';
import { WEEKDAY_NAMES } from '../../../language/weekdays.ts';
import {
  addDays,
  addMonths,
  type Day,
  type DayRange,
  daysOfMonth,
  type Month,
  monthOf,
  type Period,
  parseDay,
  weekOf,
} from '../../../supabase/calendar.ts';

/** A quarter or half of a year. */
export interface Span {
  from: Month;
  to: Month;
  /** «triwulan III», with the year if it is not the current one. */
  name: string;
}

/** The time expressions of a question. */
export interface TimeParts {
  period: Period | null;
  /** Named days: «5 Desember», «lusa», «hari Jumat», «2 minggu ke depan». */
  days: DayRange | null;
  /** Named months in the order of the question. Without a year: of this year. */
  months: readonly Month[];
  span: Span | null;
}

/** Patterns of periods; the first match counts, so longer ones come first. */
const PERIODS: [RegExp, Period][] = [
  [/ hari ini | today /, 'today'],
  [/ besok /, 'tomorrow'],
  [/ minggu depan /, 'next_week'],
  [/ minggu (?:lalu|kemarin) /, 'last_week'],
  [/ minggu (?!ke )/, 'this_week'],
  [/ bulan depan /, 'next_month'],
  [/ bulan (?:lalu|kemarin) /, 'last_month'],
  [/ bulan ini /, 'this_month'],
  [/ tahun ini /, 'this_year'],
  [/ kemarin /, 'yesterday'],
];
/** «minggu» without «hari» is a week. */
const WEEKDAYS = WEEKDAY_NAMES.map((name) => (name === 'Minggu' ? 'hari minggu' : name.toLowerCase()));
const MONTHS = MONTH_NAMES.map((name) => name.toLowerCase());
const COUNTS = ['nol', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam'];
const SPAN_NUMBERS: Record<string, number> = {
  i: 1,
  ii: 2,
  iii: 3,
  iv: 4,
  ...Object.fromEntries(['satu', 'dua', 'tiga', 'empat'].map((word, index) => [word, index + 1])),
  ...Object.fromEntries(['pertama', 'kedua', 'ketiga', 'keempat'].map((word, index) => [word, index + 1])),
};
const ROMAN = ['I', 'II', 'III', 'IV'];
const MONTH_AND_YEAR = new RegExp(`(?<= )(${MONTHS.join('|')})(?: (20\\d\\d))?(?= )`, 'g');
const DAY_OF_MONTH = new RegExp(` (\\d{1,2}) (?:sampai (\\d{1,2}) )?(${MONTHS.join('|')})(?: (20\\d\\d))? `);

/** Reads the time expressions of a question. `words` has a space at both ends; `text` is the question as written. */
export function readTime(words: string, text: string, today: Day): TimeParts {
  const months = [...words.matchAll(MONTH_AND_YEAR)].map(([, name = '', year = today.slice(0, 4)]) =>
    toMonth(name, year),
  );
  return {
    period: PERIODS.find(([pattern]) => pattern.test(words))?.[1] ?? null,
    days:
      readDate(words, today) ??
      readNumericDate(text, today) ??
      readDaysAhead(words, today) ??
      readWeekday(words, today),
    months: [...new Set(months)],
    span: readSpan(words, today),
  };
}

/** Returns the newest month of that name which is not in the future: the month of a report. */
export function pastMonth(month: Month, today: Day): Month {
  return month > monthOf(today) ? addMonths(month, -12) : month;
}

function toMonth(name: string, year: string): Month {
  return `${year}-${String(MONTHS.indexOf(name) + 1).padStart(2, '0')}`;
}

/** «5 Desember», «1 sampai 10 Desember 2026». @returns null for a day that the month does not have */
function readDate(words: string, today: Day): DayRange | null {
  const [, first = '', last = first, name = '', year = today.slice(0, 4)] = DAY_OF_MONTH.exec(words) ?? [];
  if (first === '') return null;
  const month = toMonth(name, year);
  const lastDay = daysOfMonth(month).to;
  const [from, to] = [first, last].map((day) => `${month}-${day.padStart(2, '0')}`) as [Day, Day];
  return Number(first) > 0 && from <= to && to <= lastDay ? { from, to } : null;
}

/** «30/11», «5-12-2026». @returns null for a day that does not exist */
function readNumericDate(text: string, today: Day): DayRange | null {
  const [, day = '', month = '', year = today.slice(0, 4)] =
    /(?<![\d/.,-])(\d{1,2})[/-](\d{1,2})(?:[/-](20\d\d))?(?![\d/.,-])/.exec(text) ?? [];
  const date = parseDay(`${year}-${month}-${day}`, 'UTC');
  return date === undefined ? null : { from: date, to: date };
}

/** «lusa», «3 hari ke depan», «dua minggu depan». */
function readDaysAhead(words: string, today: Day): DayRange | null {
  if (words.includes(' lusa ')) return { from: addDays(today, 2), to: addDays(today, 2) };
  const [, count = '', unit] =
    / (\d{1,2}|satu|dua|tiga|empat|lima|enam) (hari|minggu) (?:ke )?depan /.exec(words) ?? [];
  if (unit === undefined) return null;
  const days = (Number(count) || COUNTS.indexOf(count)) * (unit === 'minggu' ? 7 : 1);
  return { from: today, to: addDays(today, days) };
}

/** The next day of that name, today included; «lalu» and «depan» name the last and the next week. */
function readWeekday(words: string, today: Day): DayRange | null {
  const index = WEEKDAYS.findIndex((name) => words.includes(` ${name} `));
  if (index < 0) return null;
  const ofThisWeek = addDays(weekOf(today).from, index);
  const week = new RegExp(` ${WEEKDAYS[index]} (?:minggu )?(lalu|kemarin|depan) `).exec(words)?.[1];
  const shift = week === 'depan' ? 7 : week === undefined ? (ofThisWeek < today ? 7 : 0) : -7;
  const day = addDays(ofThisWeek, shift);
  return { from: day, to: day };
}

/** «triwulan III», «tw 3 2025», «semester ini», «triwulan lalu». */
function readSpan(words: string, today: Day): Span | null {
  const [, unit, written = 'ini'] =
    / (triwulan|semester) (?:ke )?([ivx]+|[1-4]|satu|dua|tiga|empat|pertama|kedua|ketiga|keempat|ini|lalu|kemarin)(?= )/.exec(
      words,
    ) ??
    / (triwulan|semester) /.exec(words) ??
    [];
  if (unit === undefined) return null;
  const length = unit === 'triwulan' ? 3 : 6;
  const year = / (?:tahun )?(20\d\d) /.exec(words)?.[1] ?? today.slice(0, 4);
  const current = Math.ceil(Number(today.slice(5, 7)) / length);
  const number =
    written === 'ini'
      ? current
      : /^(?:lalu|kemarin)$/.test(written)
        ? current - 1
        : (SPAN_NUMBERS[written] ?? Number(written));
  if (!(number >= 0 && number <= 12 / length)) return null;
  const from = addMonths(`${year}-01`, (number - 1) * length);
  const shownYear = from.slice(0, 4) === today.slice(0, 4) ? '' : ` ${from.slice(0, 4)}`;
  const nth = ROMAN[(Number(from.slice(5)) - 1) / length] ?? '';
  return { from, to: addMonths(from, length - 1), name: `${unit} ${nth}${shownYear}` };
}
