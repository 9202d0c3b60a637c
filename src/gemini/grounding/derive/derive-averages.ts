import { namedRows } from '../checks/named-rows.ts';
import { bases, type Candidate, fieldsOf, nearest, plainNumbers, type Scene } from '../checks/scene.ts';
import { sumOf } from '../data/selections.ts';
import { averageChanges } from './changes.ts';

/** Computes averages: an amount per month or per number of the answer, the mean of named rows, and mean changes. */
export function* deriveAverages(scene: Scene): Generator<Candidate> {
  const { words } = scene;
  const numbers = plainNumbers(scene)
    .map(({ value }) => value)
    .filter((value) => value > 1);
  const months = /\bbulan\b|\bsebulan\b/.test(words) ? monthsLeft(scene) : [];
  const near = nearest(scene, 'amount');
  // «sisanya Rp9 miliar … 7 bulan: Rp1,3 miliar per bulan»
  if (months.length > 0) {
    const rests = near.filter(({ cell }) => cell?.field.startsWith('sisa')).map(({ exact }) => exact);
    const named = scene.around.filter(({ after }) => after === 'bulan').map(({ value }) => value);
    for (const rest of [...rests.slice(0, 1), ...bases(scene, ['sisa']).slice(0, 1)])
      for (const count of [...named, ...months.slice(0, 2)]) yield { value: rest / count, how: `sisa ÷ ${count}` };
  }
  if (/\brata\b/.test(words)) yield* averageChanges(scene, 'realisasi');
  const amounts = [...new Set([...near.slice(0, 3).map(({ exact }) => exact), ...bases(scene, fieldsOf(scene))])];
  for (const amount of amounts)
    for (const count of [...numbers, ...months]) yield { value: amount / count, how: `${amount} ÷ ${count}` };
  if (!/\brata(?:nya)?\b/.test(words)) return;
  for (const { rows, how } of namedRows(scene))
    for (const field of fieldsOf(scene)) {
      const sum = sumOf(rows, field);
      if (sum !== undefined && rows.length > 1) yield { value: sum / rows.length, how: `rata-rata ${field} ${how}` };
    }
  for (const count of numbers) yield* averageChanges(scene, 'realisasi', count);
}

/** Months between the newest month of the data and the end of the year. */
function monthsLeft({ records }: Scene): number[] {
  return [
    ...new Set(
      records.labels
        .months()
        .flatMap((month) => [12 - Number(month.slice(5)), 13 - Number(month.slice(5)), Number(month.slice(5))]),
    ),
  ].filter((count) => count > 1);
}
