import type { Records, Row } from './records.ts';

/** If results list the activities of two consecutive weeks, the first is this week and the second is the next one. */
export function labelWeeks({ lists, labels }: Records): void {
  const weeks = lists
    .filter(({ owner, noun }) => owner.isTotal && noun === 'kegiatan')
    .map(({ owner, rows }) => ({ owner, rows, week: findWeek(rows) }));
  for (const one of weeks)
    for (const two of weeks)
      if (one.week + 1 === two.week) {
        for (const row of [one.owner, ...one.rows]) labels.add(row, 'period', 'minggu ini');
        for (const row of [two.owner, ...two.rows]) labels.add(row, 'period', 'minggu depan');
      }
}

/** Returns the number of the week, from Monday, in which all rows are; NaN if they are in several. */
function findWeek(rows: readonly Row[]): number {
  const weeks = new Set(rows.map(weekOf));
  return weeks.size === 1 ? [...weeks][0]! : Number.NaN;
}

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const DAYS_AFTER_MONDAY = 3;

function weekOf({ labels }: Row): number {
  const [month, date] = ['month', 'date'].map((kind) => [...(labels.get(kind) ?? [])][0]?.text ?? '');
  const day = Date.parse(`${month}-${date!.slice(3)}`) / DAY_MS;
  return Math.floor((day + DAYS_AFTER_MONDAY) / 7);
}
