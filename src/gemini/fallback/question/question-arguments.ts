import { addMonths, type DayRange, daysOfMonth, type Month, monthOf } from '../../../supabase/calendar.ts';
import { hasWord } from './intent-types.ts';
import type { Measure, ParsedQuestion } from './parse-question.ts';
import { pastMonth } from './read-time.ts';

const STATUSES = ['rencana', 'komitmen', 'outstanding', 'terbayar', 'selesai', 'draft'];
const NOT_PAID = / belum (?:\S+ )?terbayar /;
const NOT_OVERDUE = / (?:tidak|belum) (?:\S+ )?terlambat /;
const WITHOUT_ISSUE = / (?:tidak|tanpa|belum) (?:ada |punya |yang )*kendala /;

/** Returns the month of the requested report; undefined: the newest report. A month without a year is never in the future. */
export function reportMonth({ words, months, period, today }: ParsedQuestion): Month | undefined {
  const [named] = months;
  if (named !== undefined) return / 20\d\d /.test(words) ? named : pastMonth(named, today);
  if (period === 'last_month') return addMonths(monthOf(today), -1);
  if (/ tahun (?:lalu|kemarin) /.test(words)) return `${Number(today.slice(0, 4)) - 1}-12`;
  const year = / (20\d\d) /.exec(words)?.[1];
  return year === undefined || year === today.slice(0, 4) ? undefined : `${year}-12`;
}

/** Returns the arguments that select the report of a question. */
export function reportArguments(question: ParsedQuestion): Record<string, unknown> {
  return { report_month: reportMonth(question), report_type: question.reportType };
}

/** Returns the status of activities that a question names. @returns null if it names no status or excludes one */
export function statusOf({ words }: ParsedQuestion): string | null {
  if (NOT_PAID.test(words)) return 'outstanding';
  // «rencana kegiatan» are plans of any status.
  const stated = words.replace(' rencana kegiatan ', ' kegiatan ');
  const status = STATUSES.find((name) => stated.includes(` ${name} `));
  return status === undefined || excludesStatus(words) ? null : status;
}

/** Returns whether a question asks for activities that do not have a status: «yang belum selesai». */
export function excludesStatus(words: string): boolean {
  return (
    !NOT_PAID.test(words) &&
    / (?:belum|tidak) (?:\S+ )?(?:rencana|komitmen|outstanding|selesai|draft|terbayar) /.test(words)
  );
}

/** Returns the named days, months or quarter of a question as days; null: no days, or a period that has a name. */
export function daysOf({ days, months, span }: ParsedQuestion): DayRange | null {
  if (days) return days;
  const sorted = months.toSorted();
  const [first, last] = span ? [span.from, span.to] : [sorted[0], sorted.at(-1)];
  return first && last ? { from: daysOfMonth(first).from, to: daysOfMonth(last).to } : null;
}

/** Returns the arguments of `search_activities` that a question names; empty if it names no argument. */
export function activityFilter(question: ParsedQuestion): Record<string, unknown> {
  const { words, period } = question;
  const days = daysOf(question);
  return {
    ...(days ?? (period ? { period } : {})),
    ...(statusOf(question) ? { status: statusOf(question) } : {}),
    ...(hasWord(question, 'terlambat') ? { overdue: !NOT_OVERDUE.test(words) } : {}),
    ...(hasWord(question, 'undated') ? { undated: true } : {}),
    ...(hasWord(question, 'kendala') ? { has_issue: !WITHOUT_ISSUE.test(words) } : {}),
  };
}

/** Returns whether a list shows rows of the report instead of accounts. */
export function asksForRows(question: ParsedQuestion): boolean {
  return hasWord(question, 'rincian', 'baris') || (hasWord(question, 'minus') && !hasWord(question, 'akun'));
}

/** The measure that a bound limits: serapan for a percentage, else the named one or sisa. */
export function boundedMeasure({ bound, measure }: ParsedQuestion): Measure {
  if (bound?.kind === 'percent') return 'serapan';
  return measure === null || measure === 'serapan' ? 'sisa' : measure;
}
