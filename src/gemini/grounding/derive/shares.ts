import { isFieldWord } from '../binding/field-names.ts';
import { namedRows } from '../checks/named-rows.ts';
import { type Candidate, namesBetween, type Scene } from '../checks/scene.ts';
import type { List, Row } from '../data/records.ts';
import { cellOf, countOf, sumOf, totalOf } from '../data/selections.ts';

const COMPOSITION = /\b(?:komposisi|struktur|porsi|proporsi|kontribusi)\b/;
/** Maximum number of rows whose shares a composition may list without their names. */
const MAX_PARTS = 10;

/** The share of the named rows in a total, and their serapan. */
export function* shares(scene: Scene): Generator<Candidate> {
  const { records, binding } = scene;
  const named = baseFields(scene);
  const fields = named.length > 0 ? named : [...(binding.fields ?? ['pagu', 'alokasi', 'sisa', 'realisasi'])];
  // Activities have no other amount.
  fields.push('alokasi');
  for (const { list, rows, how } of namedRows(scene)) {
    if (rows.length === 0) continue;
    for (const field of fields) {
      const [sum, total] = [sumOf(rows, field), totalOf(list, field, records)];
      if (sum !== undefined && total && sum !== total)
        yield { value: (sum * 100) / total, how: `${field} ${how} ÷ total` };
    }
    if (
      rows.length === list.rows.length &&
      rows.length <= MAX_PARTS &&
      binding.weak.size === 0 &&
      COMPOSITION.test(scene.words)
    )
      for (const field of fields)
        for (const row of rows) {
          const [part, total] = [cellOf(row, field)?.value, totalOf(list, field, records)];
          if (part !== undefined && total) yield { value: (part * 100) / total, how: `porsi ${field}` };
        }
    if (rows.length === list.rows.length) continue;
    if (list.isMap) yield* shareOfCounts(rows, list);
    const [realisasi, pagu] = [sumOf(rows, 'realisasi'), sumOf(rows, 'pagu')];
    if (rows.length > 1 && realisasi !== undefined && pagu)
      yield { value: (realisasi * 100) / pagu, how: `serapan ${how}` };
    if (!list.isMap) yield { value: (rows.length * 100) / countOf(list), how: `${rows.length} dari ${countOf(list)}` };
  }
}

/** «Sepertiganya masih Rencana»: the counts of parts. */
function* shareOfCounts(rows: readonly Row[], list: List): Generator<Candidate> {
  const sum = (all: readonly Row[]) =>
    all.reduce((total, { cells }) => total + (cells.find(({ kind }) => kind === 'count')?.value ?? 0), 0);
  const whole = sum(list.rows);
  if (whole > 0) yield { value: (sum(rows) * 100) / whole, how: `${sum(rows)} dari ${whole}` };
}

/** Fields after a percentage: «12% dari total pagu», «dua pertiga realisasi»; or before it: «komposisi sisa: pegawai 48%». */
export function baseFields({ read, mention, binding }: Scene): string[] {
  const { tokens } = read;
  const at = mention.last + 1;
  const isOf =
    tokens.slice(at, at + 3).some(({ lower }) => /^(?:dari|terhadap)$/.test(lower)) ||
    (mention.precision > 2 && isFieldWord(tokens[at]?.lower ?? ''));
  // «(58% dari total), sisa …»: the field behind the bracket is of another figure.
  const gap = tokens.slice(at, at + 8).findIndex(({ text }, nth) => text === ')' && nth > 0);
  const end = at + (gap < 0 ? 8 : gap);
  const name = isOf
    ? namesBetween(read, binding.line, at, Math.min(end, binding.sentence.to)).find(({ kind }) => kind === 'field')
    : undefined;
  return [...(name?.fields ?? (isOf ? [] : (binding.fields ?? [])))].filter((field) => field !== 'serapan');
}
