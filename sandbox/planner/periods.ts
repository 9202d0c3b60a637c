import {
  addDays,
  addMonths,
  type Day,
  formatDay,
  formatMonth,
  lastDayOf,
  MONTH_NAMES,
  type Month,
  monthOf,
  WEEKDAY_NAMES,
} from './dates.ts';

/** The days of a question: arguments of the function, and the label in the answer. */
export interface Days {
  args: { period: string } | { from: Day; to: Day };
  label: string;
}

/** The time expressions of a question. */
export interface TimeSlots {
  days: Days | null;
  /** Months named by name, in the order of the question. */
  months: Month[];
  /** A quarter or half of a year, as months. */
  span: { from: Month; to: Month; label: string } | null;
}

const PERIODS: [RegExp, string, string][] = [
  [/ hari ini /, 'today', 'hari ini'],
  [/ besok /, 'tomorrow', 'besok'],
  [/ minggu depan /, 'next_week', 'minggu depan'],
  [/ minggu (?:lalu|kemarin) /, 'last_week', 'minggu lalu'],
  [/ minggu /, 'this_week', 'minggu ini'],
  [/ bulan depan /, 'next_month', 'bulan depan'],
  [/ bulan (?:lalu|kemarin) /, 'last_month', 'bulan lalu'],
  [/ bulan ini /, 'this_month', 'bulan ini'],
  [/ tahun ini /, 'this_year', 'tahun ini'],
  [/ kemarin /, 'yesterday', 'kemarin'],
];

const DAY_OF_MONTH = new RegExp(` (\\d{1,2}) (?:(?:sampai|hingga) (\\d{1,2}) )?(${MONTH_NAMES.join('|')}) `);
const NUMERALS: Record<string, number> = { i: 1, ii: 2, iii: 3, iv: 4, pertama: 1, kedua: 2, ketiga: 3, keempat: 4 };

/**
 * Parses the time expressions of a question. `normalized` is a line of canonical words.
 * @param today the date in the prompt
 */
export function readTime(normalized: string, today: Day): TimeSlots {
  const year = / (20\d\d) /.exec(normalized)?.[1] ?? today.slice(0, 4);
  const span = readSpan(normalized, year, today);
  const days = readDays(normalized, today, year);
  const named = normalized.split(' ').flatMap((word) => {
    const month = MONTH_NAMES.indexOf(word);
    return month < 0 ? [] : [`${year}-${String(month + 1).padStart(2, '0')}`];
  });
  return { days, months: [...new Set(named)], span };
}

function readDays(normalized: string, today: Day, year: string): Days | null {
  const dated = readDate(normalized, year);
  if (dated) return dated;
  const ahead = / (\d{1,2}|satu|dua|tiga) (hari|minggu) (?:ke )?depan /.exec(normalized);
  if (ahead) {
    const count = Number(ahead[1]) || ['', 'satu', 'dua', 'tiga'].indexOf(ahead[1] ?? '');
    const to = addDays(today, count * (ahead[2] === 'minggu' ? 7 : 1));
    return { args: { from: today, to }, label: `sampai ${formatDay(to)}` };
  }
  if (normalized.includes(' lusa ')) return between(addDays(today, 2), addDays(today, 2));
  const named = PERIODS.find(([expression]) => expression.test(normalized));
  if (named) return { args: { period: named[1] }, label: named[2] };
  return readWeekday(normalized, today);
}

/** «5 Desember», «1 sampai 10 Desember»; null when the month has no such day. */
function readDate(normalized: string, year: string): Days | null {
  const [, first = '', last = first, name = ''] = DAY_OF_MONTH.exec(normalized) ?? [];
  const month = `${year}-${String(MONTH_NAMES.indexOf(name) + 1).padStart(2, '0')}`;
  if (first === '' || Number(first) < 1 || Number(last) > Number(lastDayOf(month).slice(8))) return null;
  return between(`${month}-${first.padStart(2, '0')}`, `${month}-${last.padStart(2, '0')}`);
}

/** A weekday is the next day of that name, today included; «hari Minggu» needs the word «hari», because minggu is also a week. */
function readWeekday(normalized: string, today: Day): Days | null {
  const phrases = WEEKDAY_NAMES.map((name) => (name === 'minggu' ? ' hari minggu ' : ` ${name} `));
  const wanted = phrases.findIndex((phrase) => normalized.includes(phrase));
  if (wanted < 0) return null;
  const current = (new Date(today).getUTCDay() + 6) % 7;
  const day = addDays(today, (wanted - current + 7) % 7);
  return between(day, day);
}

function between(from: Day, to: Day): Days {
  return {
    args: { from, to },
    label: from === to ? `pada ${formatDay(from)}` : `dari ${formatDay(from)} sampai ${formatDay(to)}`,
  };
}

function readSpan(normalized: string, year: string, today: Day): TimeSlots['span'] {
  const found = / (triwulan|semester) (?:ke )?(\w+) /.exec(normalized);
  const current = Math.ceil(Number(today.slice(5, 7)) / (found?.[1] === 'semester' ? 6 : 3));
  const relative: Record<string, number> = { ini: current, lalu: current - 1 };
  const word = found?.[2] ?? '';
  const number = found ? (NUMERALS[word] ?? relative[word] ?? Number(word)) : Number.NaN;
  if (!found || !(number >= 1 && number <= (found[1] === 'triwulan' ? 4 : 2))) return null;
  const length = found[1] === 'triwulan' ? 3 : 6;
  const from = addMonths(`${year}-01`, (number - 1) * length);
  return { from, to: addMonths(from, length - 1), label: `${found[1]} ${number} tahun ${year}` };
}

/** @returns the days of named months or of a quarter, for a search of activities */
export function daysOfMonths({ months, span }: TimeSlots): Days | null {
  const [from, to] = span ? [span.from, span.to] : [months[0], months.at(-1)];
  if (from === undefined || to === undefined) return null;
  return { args: { from: `${from}-01`, to: lastDayOf(to) }, label: span?.label ?? `bulan ${formatMonth(from)}` };
}

/** @returns the month of the requested report; undefined for the newest report */
export function reportMonth({ days, months }: TimeSlots, today: Day): Month | undefined {
  const [named] = months;
  // A future month means the month of the previous year.
  if (named !== undefined) return named > monthOf(today) ? addMonths(named, -12) : named;
  const period = days && 'period' in days.args ? days.args.period : '';
  return period === 'last_month' ? addMonths(monthOf(today), -1) : undefined;
}
