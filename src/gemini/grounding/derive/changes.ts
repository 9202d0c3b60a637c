import { type Candidate, type Known, namesBetween, plainNumbers, type Scene } from '../checks/scene.ts';
import type { Label } from '../data/labels.ts';
import type { Cell, List, Row } from '../data/records.ts';
import { cellOf } from '../data/selections.ts';

/** «Sejak September naik 18 poin»: the difference between a named month and the last one, or another named one. */
export function* changesSince(scene: Scene, field: string): Generator<Candidate> {
  const { records, words } = scene;
  const months = namedMonths(scene);
  yield* sumsOfChanges(scene, field, months);
  for (const list of records.lists) {
    const rows = list.rows.filter(
      (row, nth) =>
        nth === list.rows.length - 1 || [...(row.labels.get('month') ?? [])].some((label) => months.has(label)),
    );
    const values = rows.flatMap((row) => cellOf(row, field)?.value ?? []);
    if (!list.path.endsWith('months') || values.length > 4) continue;
    const isAverage = /\brata\b/.test(words);
    for (const [nth, one] of values.entries())
      for (const [ahead, two] of values.slice(nth + 1).entries()) {
        const change = two - one;
        yield { value: isAverage ? change / (ahead + 1) : change, how: `perubahan ${field}`, isChange: true };
      }
  }
}

/** «Dari Juli sampai November bertambah Rp2 miliar», «dua bulan ini»: the changes of the named months, or of the last ones. */
function* sumsOfChanges(scene: Scene, field: string, months: ReadonlySet<Label>): Generator<Candidate> {
  const counts = plainNumbers(scene).flatMap(({ value, after }) => (after === 'bulan' && value > 1 ? value : []));
  for (const list of scene.records.lists) {
    const named = months.size > 1 ? [changesOf(list, field, months)] : [];
    for (const changes of [...named, ...counts.map((count) => changesOf(list, field).slice(-count))])
      if (changes.length > 1)
        yield { value: sumOfNumbers(changes), how: `jumlah perubahan ${changes.length} bulan`, isChange: true };
  }
}

function sumOfNumbers(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The difference of two confirmed figures; a change if they are one number in two months. */
export function differenceOf(one: Known, two: Known): Candidate {
  const how = `${one.mention.text} − ${two.mention.text}`;
  const order = compareDates(one.cell, two.cell);
  return { value: (order || 1) * (one.exact - two.exact), how, isChange: order !== 0 };
}

/** «November bertambah», «sejak Oktober»: a difference of two months must involve the named one, and start with the base. */
export function isOfNamedMonths({ binding }: Scene, one: Known, two: Known): boolean {
  const order = compareDates(one.cell, two.cell);
  if (order === 0) return true;
  const [later, earlier] = order > 0 ? [one, two] : [two, one];
  const has = ({ cell }: Known, wanted: ReadonlySet<Label>) =>
    [...(cell!.row.labels.get('month') ?? [])].some((month) => wanted.has(month));
  if (binding.bases.size > 0 && !has(earlier, binding.bases)) return false;
  const named = binding.labels.get('month');
  return named?.nearness !== 'own' || named.labels.size === 0 || has(later, named.labels) || has(earlier, named.labels);
}

/** The differences of a field between rows: changes if they are one number in two months. */
export function* differencesOfRows(rows: readonly Row[], field: string): Generator<Candidate> {
  const cells = rows.flatMap((row) => cellOf(row, field) ?? []);
  for (const [nth, one] of cells.entries())
    for (const two of cells.slice(nth + 1)) {
      const order = compareDates(one, two);
      yield { value: (order || 1) * (one.value - two.value), how: `selisih ${field}`, isChange: order !== 0 };
    }
}

/** Returns 1 if a number is later than another one with the same field, −1 if earlier, 0 if that does not matter. */
export function compareDates(one: Cell | undefined, two: Cell | undefined): number {
  if (!one || !two || one.field !== two.field || textOf(one, 'type') !== textOf(two, 'type')) return 0;
  if (one.row.isTotal !== two.row.isTotal || one.row.list !== two.row.list) return 0;
  const [first, second] = [one, two].map(
    (cell) => textOf(cell, 'month') && `${textOf(cell, 'month')} ${textOf(cell, 'date')}`,
  );
  return !first || !second || first === second ? 0 : first > second ? 1 : -1;
}

function textOf({ row }: Cell, kind: string): string {
  return [...(row.labels.get(kind) ?? [])].map(({ text }) => text).join();
}

/** «Rata-rata kenaikan per bulan 8,75 poin»: over the named months, else over the last `count` months or all. */
export function* averageChanges(scene: Scene, field: string, count?: number): Generator<Candidate> {
  const months = namedMonths(scene);
  for (const list of scene.records.lists) {
    const changes = changesOf(list, field, count === undefined && months.size > 1 ? months : undefined);
    const last = changes.slice(-(count ?? changes.length));
    if (last.length > 1 && last.length === (count ?? last.length))
      yield { value: sumOfNumbers(last) / last.length, how: `rata-rata ${last.length} bulan` };
  }
}

function changesOf({ rows }: List, field: string, months?: ReadonlySet<Label>): number[] {
  const isWanted = ({ labels }: Row) => !months || [...(labels.get('month') ?? [])].some((label) => months.has(label));
  return rows
    .filter(isWanted)
    .flatMap(
      ({ cells }) => cells.find((cell) => cell.isChange && cell.field === field && cell.kind !== 'any')?.value ?? [],
    );
}

function namedMonths({ read, binding }: Scene): ReadonlySet<Label> {
  const { from, to } = binding.sentence;
  const names = namesBetween(read, binding.line, from, to).filter(({ kind }) => kind === 'month');
  return new Set(names.flatMap(({ labels }) => [...labels!]));
}
