import { MONTH_NUMBERS } from '../../../indonesian-months.ts';
import { daysOfMonth, monthOf } from '../../../supabase/calendar.ts';
import type { Item } from '../binding/read-answer.ts';
import { namedRows } from '../checks/named-rows.ts';
import type { Candidate, Scene } from '../checks/scene.ts';
import type { Row } from '../data/records.ts';
import { totalRows } from '../data/selections.ts';

const DAY_MS = 86_400_000;
/** Maximum number of days that are compared. */
const MAX_DATES = 8;
/** Words next to days that are counted from or to today. */
const UNTIL_TODAY =
  /\b(?:lewat|melewati|telat|terlambat|keterlambatan|tertunda|tertunggak|menunggak|molor|mundur|lagi|lalu|sejak|menuju|menjelang|sisa|tersisa|tinggal)\b/;

/** Returns whether a number of days cannot be verified without the day of today: «sudah lewat 27 hari». */
export function dependsOnToday({ mention, words }: Item): boolean {
  return mention.noun === 'hari' && UNTIL_TODAY.test(words);
}

/** Computes days: of a month, between days that the answer names, from the day of a row to today, to the end of the month. */
export function* deriveDays(scene: Scene): Generator<Candidate> {
  const { read, binding, words, records } = scene;
  for (const [name, month] of MONTH_NUMBERS)
    if (words.includes(` ${name} `)) yield { value: new Date(2026, month, 0).getDate(), how: `hari dalam ${name}` };
  const dates = namedDates(scene);
  for (const [nth, one] of dates.entries())
    for (const two of dates.slice(nth + 1)) yield { value: daysBetween(one, two), how: 'selisih tanggal' };
  if (/\b(?:per hari|sehari|dibagi|dalam)\b|÷/.test(words)) {
    const { from, to } = read.layout.lines[binding.line]!;
    for (let at = from + 1; at < to && at < from + 100; at++)
      if (MONTH_NUMBERS.has(read.tokens[at]!.lower) && read.tokens[at - 1]!.kind === 'number')
        yield { value: Number(read.tokens[at - 1]!.text), how: `tanggal ${read.tokens[at - 1]!.text}` };
  }
  if (!UNTIL_TODAY.test(words)) return;
  const reported = totalRows(records).flatMap((row) => dayOf(row) ?? []);
  // «Tahun anggaran tersisa 37 hari», «November masih tersisa sepuluh hari»
  if (/\b(?:akhir|bulan|tahun)\b/.test(words) || [...MONTH_NUMBERS.keys()].some((name) => words.includes(` ${name} `)))
    for (const day of new Set(scene.today ? [scene.today, ...reported] : reported)) {
      yield { value: daysBetween(day, daysOfMonth(monthOf(day)).to), how: `${day} sampai akhir bulan` };
      yield { value: daysBetween(day, `${day.slice(0, 4)}-12-31`), how: `${day} sampai akhir tahun` };
    }
  if (!scene.today) return;
  for (const day of dates) yield { value: daysBetween(day, scene.today), how: `${day} sampai hari ini` };
  for (const { rows } of namedRows(scene)) {
    const days = rows.flatMap((row) => dayOf(row) ?? []).sort();
    // «Yang paling lama telat 41 hari»
    for (const day of rows.length < 4 ? days : [days[0], days.at(-1)])
      if (day) yield { value: daysBetween(day, scene.today), how: `${day} sampai hari ini` };
  }
}

/** «7 November … per 24 November sudah lewat 17 hari»: the days that the answer names. */
function namedDates({ read, records }: Scene): string[] {
  const year = records.labels.months().at(-1)?.slice(0, 4) ?? '2001';
  const dates = read.names.flat().filter(({ kind }) => kind === 'date');
  return dates.flatMap(({ date }) => (date ? `${year}-${date}` : [])).slice(0, MAX_DATES);
}

function dayOf({ labels }: Row): string | undefined {
  const [month, date] = ['month', 'date'].map((kind) => [...(labels.get(kind) ?? [])][0]?.text);
  return month && date ? `${month}${date.slice(2)}` : undefined;
}

function daysBetween(one: string, two: string): number {
  return Math.abs(Date.parse(two) - Date.parse(one)) / DAY_MS;
}
