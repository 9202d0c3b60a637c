import { namedRows } from '../checks/named-rows.ts';
import { type Candidate, nearest, type Scene } from '../checks/scene.ts';
import { cellOf, totalRows } from '../data/selections.ts';
import { averageChanges, changesSince, differenceOf, differencesOfRows } from './changes.ts';

/** Differences of two percentages, in points. */
export function* differencesOfPercents(scene: Scene): Generator<Candidate> {
  const near = nearest(scene, 'percent');
  // «72,5%, 62,7% dan 53,8%. Rata-rata naik 9,3 poin»
  const first = near.at(-1);
  if (/\brata\b/.test(scene.words) && near.length > 2 && first)
    yield { value: (near[0]!.exact - first.exact) / (near.length - 1), how: `rata-rata ${near.length} persentase` };
  for (const [nth, one] of near.entries()) for (const two of near.slice(nth + 1)) yield differenceOf(one, two);
  for (const { rows } of namedRows(scene)) if (rows.length === 2) yield* differencesOfRows(rows, 'serapan');
  yield* differencesOfRows(totalRows(scene.records), 'serapan');
  yield* changesSince(scene, 'serapan');
  if (/\brata\b/.test(scene.words)) yield* averageChanges(scene, 'serapan');
  const roots = totalRows(scene.records).flatMap((row) => cellOf(row, 'serapan')?.value ?? []);
  // «79,4%. Ada tambahan 6,8 poin dari posisi sekarang»
  for (const { exact, mention } of near.slice(0, 2))
    for (const root of roots.slice(0, 2)) yield { value: exact - root, how: `${mention.text} − serapan` };
  const inSentence = scene.around.filter(({ from }) => from >= scene.binding.sentence.from);
  // «24 poin lagi untuk menembus 95%»
  const targets = inSentence.filter(({ kind, isPoints }) => kind === 'percent' && !isPoints);
  for (const { value, text } of targets.slice(0, 2))
    for (const root of roots.slice(0, 2)) yield { value: value - root, how: `${text} − serapan` };
}
