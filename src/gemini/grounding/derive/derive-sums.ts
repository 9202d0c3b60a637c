import { ANAPHORS, namedRows, REST } from '../checks/named-rows.ts';
import {
  bases,
  type Candidate,
  fieldsOf,
  namesBetween,
  nearest,
  plainNumbers,
  rowsOf,
  type Scene,
} from '../checks/scene.ts';
import { cellOf, sumOf, totalRows } from '../data/selections.ts';
import { sumsOfParts } from './derive-counts.ts';
import { pairs } from './pairs.ts';

const JOINT = /^(?:dan|serta|maupun|ditambah|plus|,|&|\+)$/;

/** «Outstanding dan komitmen Rp1,1 miliar»: the sum of the joined fields before the figure, of one row. */
export function* sumsOfFields(scene: Scene): Generator<Candidate> {
  const { read, binding, mention, around } = scene;
  const last = around.findLast((each) => each.last < mention.from)?.last ?? -1;
  const names = namesBetween(read, binding.line, Math.max(binding.sentence.from, last + 1), mention.from);
  const fields: string[] = [];
  let end = mention.from;
  for (const { from, to, fields: named } of names) {
    if (!named) continue;
    if (!read.tokens.slice(end, from).every(({ lower }) => JOINT.test(lower))) fields.length = 0;
    fields.push(...[...named].slice(0, 1));
    end = to;
  }
  for (const row of fields.length > 1 ? rowsOf(scene) : []) {
    const values = fields.map((field) => cellOf(row, field)?.value ?? Number.NaN);
    yield { value: values.reduce((sum, value) => sum + value, 0), how: fields.join(' + ') };
  }
}

const TOP = /^(?:teratas|terbesar|pertama|tertinggi)$/;

/** «Dua teratas mencakup Rp54 juta»: the first items of the list above. */
export function* sumOfTop(scene: Scene): Generator<Candidate> {
  const { known, binding, read, mention } = scene;
  const listed = known.filter(
    (each) =>
      each.mention.kind === 'amount' &&
      each.mention.from < mention.from &&
      read.layout.lines[each.binding.line]!.isItem,
  );
  const first = listed.filter((each, nth) => each.binding.line !== listed[nth - 1]?.binding.line);
  for (const { value } of plainNumbers(scene).filter(({ last }) => TOP.test(read.tokens[last + 1]?.lower ?? '')))
    if (first.length >= value && binding.line > first[0]!.binding.line)
      yield { value: first.slice(0, value).reduce((sum, { exact }) => sum + exact, 0), how: `${value} teratas` };
}

/** «… Rp7 juta dan Rp4 juta, totalnya Rp11 juta»: the amounts before, in the line. */
export function* sumOfSentence({ known, mention, binding }: Scene): Generator<Candidate> {
  const before = known.filter(
    (each) => each.mention.kind === 'amount' && each.binding.line === binding.line && each.mention.from < mention.from,
  );
  const inSentence = before.filter((each) => each.mention.from >= binding.sentence.from);
  for (const group of [inSentence, inSentence.slice(-2), before, before.slice(-3)])
    if (group.length > 1)
      yield {
        value: group.reduce((sum, { exact }) => sum + exact, 0),
        how: group.map((each) => each.mention.text).join(' + '),
      };
}

export function* sums(scene: Scene): Generator<Candidate> {
  yield* sumsOfParts(scene);
  for (const selection of namedRows(scene)) {
    if (selection.rows.length < 2 && !REST.test(scene.words)) continue;
    for (const field of fieldsOf(scene)) {
      const sum = sumOf(selection.rows, field);
      if (sum !== undefined) yield { value: sum, how: `jumlah ${field} ${selection.how}`, field };
    }
  }
  yield* pairs(scene, 1);
  yield* sumsOfFigures(scene);
  if (/\b(?:kalau|jika|bila|akhir|menjadi|ditambah)\b/.test(scene.words))
    for (const base of bases(scene, ['realisasi']))
      for (const one of nearest(scene, 'amount').slice(0, 2))
        yield { value: base + one.exact, how: `realisasi + ${one.mention.text}` };
  const totals = totalRows(scene.records);
  for (const field of fieldsOf(scene)) {
    const [one, two] = totals.map((row) => cellOf(row, field)?.value);
    if (totals.length === 2 && one !== undefined && two !== undefined)
      yield { value: one + two, how: `jumlah ${field}` };
  }
}

/** «Kelimanya menyumbang Rp2 miliar», «bila dijumlah Rp1 miliar»: the last figures of one field. */
export function* sumOfAll({ known, near, mention }: Scene): Generator<Candidate> {
  const count = ANAPHORS.find(([pattern]) => pattern.test(near))?.[1];
  const before = known.filter(
    (each) => each.mention.kind === 'amount' && each.mention.from < mention.from && each.cell,
  );
  const field = before.at(-1)?.cell?.field;
  const same = before.filter(({ cell }) => cell!.field === field);
  if (count === undefined || same.length < 2 || (Number.isFinite(count) && same.length < count)) return;
  const all = Number.isFinite(count) ? same.slice(-count) : same;
  yield { value: all.reduce((sum, { exact }) => sum + exact, 0), how: `jumlah ${all.length} angka`, field };
}

/** «- A: Rp1 - B: Rp2. Nilainya Rp3 secara keseluruhan»: the first amounts of the items of the list above. */
export function* sumOfList({ known, read, binding }: Scene): Generator<Candidate> {
  const { lines } = read.layout;
  let last = binding.line - 1;
  while (last > 0 && lines[last]!.from === lines[last]!.to) last--;
  const above = lines[last];
  if (!above?.isItem) return;
  const items = known.filter(
    (each) =>
      each.mention.kind === 'amount' &&
      lines[each.binding.line]!.block === above.block &&
      lines[each.binding.line]!.isItem,
  );
  const first = items.filter((each, nth) => each.binding.line !== items[nth - 1]?.binding.line);
  const field = first[0]?.cell?.field;
  if (first.length > 1)
    yield { value: first.reduce((sum, { exact }) => sum + exact, 0), how: `jumlah ${first.length} butir`, field };
}

/** Sums of the figures of one field in the lines above. */
function* sumsOfFigures({ known, binding, mention }: Scene): Generator<Candidate> {
  const before = known.filter(
    (each) =>
      each.mention.kind === 'amount' && each.mention.from < mention.from && binding.line - each.binding.line <= 60,
  );
  const field = before.at(-1)?.cell?.field;
  let [sum, count] = [0, 0];
  for (const each of before.filter((one) => one.cell?.field === field).reverse()) {
    sum += each.exact;
    count++;
    if (count > 1) yield { value: sum, how: `jumlah ${count} angka di atas`, field };
  }
}
