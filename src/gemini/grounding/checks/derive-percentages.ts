import { isObjectKind } from '../binding/names.ts';
import { cellOf, totalRows } from '../data/selections.ts';
import type { Mention } from '../text/figures.ts';
import { sumOfTop } from './derive-sums.ts';
import { differencesOfPercents } from './percentage-points.ts';
import {
  bases,
  type Candidate,
  fieldsOf,
  type Known,
  namesBetween,
  nearest,
  plainNumbers,
  type Scene,
} from './scene.ts';
import { baseFields, shares } from './shares.ts';

const REMAINDER = /\b(?:belum|sisa|tersedia|sisanya|tersisa|lagi|tidak|tak|bersisa|menyisakan)\b/;
const ANAPHOR = /\b(?:keduanya|ketiganya|keempatnya|kelimanya|gabungan|digabung)\b/;
const GROWTH =
  /\b(?:naik|turun|tumbuh|kenaikan|penurunan|penurunannya|kenaikannya|berkurang|bertambah|meningkat|menurun|merosot|menyusut|lebih (?:tinggi|besar|rendah|kecil|banyak|sedikit))\b/;
const DIFFERENCE = /\b(?:poin|selisih|beda|lebih|kurang|naik|turun|lonjakan|gap|kenaikan|penurunan|terpaut)\b/;

/** Computes percentages: quotients of two figures, remainders to 100 %, growth, differences and shares. The most likely come first. */
export function* derivePercentages(scene: Scene): Generator<Candidate> {
  const { near, words, mention } = scene;
  if (mention.isPoints) {
    yield* differencesOfPercents(scene);
    return;
  }
  yield* neighbors(scene);
  if (TOP.test(words)) yield* sharesOfTop(scene);
  if (mention.precision >= 2 && /\b(?:sisanya|tersisa|belum|masih)\b/.test(near)) yield* remainders(scene);
  if (findAnchor(scene)) yield* quotients(scene);
  // «turun sekitar 33%», but not «turun ke 33%»
  const isGrowth = scene.binding.direction !== null && !/\b(?:menjadi|jadi|ke|dari|sampai|hingga)\b/.test(near);
  const isShare =
    !isGrowth && (isNamed(scene) || ANAPHOR.test(near) || isAboutObject(scene)) && baseFields(scene).length > 0;
  const isSerapan = isOwnSerapan(scene);
  if (isShare && !isSerapan) yield* shares(scene);
  if (DIFFERENCE.test(near) && /\bselisih|beda/.test(near)) yield* differencesOfPercents(scene);
  if (GROWTH.test(near) || (GROWTH.test(words) && !/dari\b/.test(near))) yield* growths(scene);
  yield* quotients(scene);
  if (REMAINDER.test(near)) yield* remainders(scene);
  if (DIFFERENCE.test(words)) yield* differencesOfPercents(scene);
  if (!isGrowth && !isSerapan) yield* shares(scene);
  if (REMAINDER.test(words)) yield* remainders(scene);
  if (GROWTH.test(words)) yield* growths(scene);
  yield* quotientsNear(scene);
  yield* remainders(scene);
  if (mention.sign || /[▲▼→↑↓]/u.test(words)) yield* growths(scene);
  yield* sumsOfPercents(scene);
}

/** «Serapannya 63%»: no share of a total. */
function isOwnSerapan({ binding, read, mention, near }: Scene): boolean {
  if (binding.fieldNearness !== 'own' || !binding.fields?.has('serapan') || binding.isShare) return false;
  return /\b(?:serapan|serapannya|penyerapan|terserap)\b/.test(near) && read.tokens[mention.last + 1]?.lower !== 'dari';
}

const TOP = /\b(?:teratas|pertama|terbesar|tertinggi)\b/;

/** «Dua teratas mencakup 85% nilainya» */
function* sharesOfTop(scene: Scene): Generator<Candidate> {
  for (const { value, how } of sumOfTop(scene))
    for (const whole of bases(scene, fieldsOf(scene))) yield { value: (value * 100) / whole, how: `${how} ÷ ${whole}` };
}

/** «Ketiganya 66,1%»: the sums of the percentages above. */
function* sumsOfPercents(scene: Scene): Generator<Candidate> {
  let [sum, count] = [0, 0];
  for (const { exact } of nearest(scene, 'percent')) {
    sum += exact;
    if (++count > 1) yield { value: sum, how: `jumlah ${count} persentase` };
  }
}

/** The quotients of two amounts or two counts near the figure, the nearest first. */
function* quotientsNear(scene: Scene): Generator<Candidate> {
  const anchor = findAnchor(scene);
  const isPart = (each: Known) => (anchor ? each === anchor : isOfNamedRow(scene, each));
  for (const near of [nearest(scene, 'amount'), nearest(scene, 'count', 'number')])
    for (let second = 1; second < near.length; second++)
      for (const first of near.slice(0, second)) {
        const [part, whole] = [first, near[second]!].sort((one, two) => Math.abs(one.exact) - Math.abs(two.exact));
        if (isPart(part!) || anchor === whole) yield quotient(part!, whole!);
      }
}

/** «Rp31 juta (7,8%)»: the amount of which the figure is the share. */
function findAnchor({ mention, known, binding, read }: Scene): Known | undefined {
  const last = known.findLast((each) => each.mention.from < mention.from);
  if (!last || last.mention.from < binding.sentence.from || mention.from - last.mention.last > MAX_ANCHOR_GAP)
    return undefined;
  return last.mention.kind === 'amount' || read.tokens[mention.from - 1]!.text === '(' ? last : undefined;
}

/** Maximum number of tokens between an amount and its share. */
const MAX_ANCHOR_GAP = 5;

/** «separuhnya (45%) untuk Temu Mitra»: the part is a number of the named row; true if no row is named. */
function isOfNamedRow({ binding }: Scene, { cell, binding: other }: Known): boolean {
  return [...binding.labels].every(([kind, { labels, nearness }]) => {
    if (!isObjectKind(kind) || nearness === 'lead') return true;
    const own = cell?.row.labels.get(kind) ?? other.labels.get(kind)?.labels;
    return own !== undefined && [...own].some((label) => labels.has(label));
  });
}

/** «hampir sepertiganya (32%)»: a fraction and its percentage. */
function* neighbors({ known, mention }: Scene): Generator<Candidate> {
  const isFraction = ({ precision }: Mention) => precision >= 2;
  for (const each of known)
    if (
      each.mention.kind === 'percent' &&
      Math.abs(each.mention.from - mention.last) < 7 &&
      isFraction(each.mention) !== isFraction(mention)
    )
      yield { value: each.exact, how: each.mention.text };
}

/** «Gaji pokok saja sudah lebih dari setengah realisasi (51%)» */
function isAboutObject({ binding, known, mention }: Scene): boolean {
  const hasObject = [...binding.labels].some(([kind, { nearness }]) => isObjectKind(kind) && nearness !== 'lead');
  return (
    hasObject &&
    !known.some(
      (each) =>
        each.mention.kind === 'amount' &&
        each.mention.from >= binding.sentence.from &&
        each.mention.from < mention.from,
    )
  );
}

/** Whether the words next to the figure name rows. */
function isNamed({ binding, read, nearRange, mention }: Scene): boolean {
  if ([...binding.labels.values()].some(({ nearness }) => nearness === 'own')) return true;
  if (namesBetween(read, binding.line, mention.last + 1, binding.clause.to).some(({ kind }) => isObjectKind(kind)))
    return true;
  return namesBetween(read, binding.line, nearRange.from, nearRange.to).some(
    ({ kind }) => kind !== 'field' && kind !== 'total' && kind !== 'phrase',
  );
}

/** «18 dari 37 (49%)», «Rp5 juta atau 12% dari pagu» */
function* quotients(scene: Scene): Generator<Candidate> {
  const { read, mention, known, binding } = scene;
  const pair = countPair(scene);
  if (pair) yield pair;
  yield* countsOfTotal(scene);
  const line = known.filter((each) => each.binding.line === binding.line && each.mention.kind === 'amount');
  const before = line
    .filter((each) => each.mention.from < mention.from)
    .slice(-3)
    .reverse();
  const [last, other] = before;
  const after = line.find((each) => each.mention.from > mention.from);
  const isBaseAfter =
    after &&
    read.tokens.slice(mention.last + 1, after.mention.from).some(({ lower }) => /^(?:dari|terhadap)$/.test(lower));
  if (last && isBaseAfter) yield quotient(last, after);
  // «Rp15 juta; hampir separuhnya (Rp7 juta)»
  if (last && after && mention.precision > 2 && read.tokens[mention.last + 1]?.text === '(')
    yield quotient(after, last);
  // «realisasi akan menjadi Rp14 miliar dan serapan 69%»
  if (last && !last.cell && binding.fields?.has('serapan'))
    for (const pagu of bases(scene, ['pagu']))
      yield { value: (last.exact * 100) / pagu, how: `${last.mention.text} ÷ ${pagu}` };
  const fields = baseFields(scene);
  // «Rp5 juta (10% dari pagu)»: the pagu in the answer, else that of the same row.
  const above = nearest(scene, 'amount').slice(0, 6);
  const named = above.find((each) => each !== last && each.cell && fields.includes(each.cell.field));
  if (last && named) yield quotient(last, named);
  const row = last?.cell?.row;
  for (const base of fields.flatMap((field) => (row && cellOf(row, field)?.value) || []))
    yield { value: (last!.exact * 100) / base, how: `${last!.mention.text} ÷ ${base}` };
  if (last)
    for (const base of bases(scene, fields))
      yield { value: (last.exact * 100) / base, how: `${last.mention.text} ÷ ${base}` };
  // «Outstanding Rp21 juta (30%)», «Rp178 juta atau separuh total»: of the total of the same field.
  const own = last?.cell?.field ?? last?.field;
  const isOfTotal = own !== undefined && (WHOLE.test(scene.near) || fields.some((field) => own.startsWith(field)));
  if (last && own && (isOfTotal || mention.from - last.mention.last === 2))
    for (const base of bases(scene, [own]))
      yield { value: (last.exact * 100) / base, how: `${last.mention.text} ÷ ${base}` };
  if (last && other && isBase(scene, last)) yield quotient(other, last);
  // «outstanding Rp59 juta dan komitmen Rp74 juta mengikat tiga perempat sisa»
  if (
    last &&
    other &&
    read.tokens.slice(other.mention.last + 1, last.mention.from).some(({ lower }) => lower === 'dan')
  )
    for (const whole of [
      ...above.filter((each) => each.cell && fields.includes(each.cell.field)).map(({ exact }) => exact),
      ...bases(scene, fields),
    ])
      yield {
        value: ((last.exact + other.exact) * 100) / whole,
        how: `(${other.mention.text} + ${last.mention.text}) ÷ ${whole}`,
      };
  if (last && other) {
    yield quotient(last, other);
    yield quotient(other, last);
  }
  if (fields.length === 0 && last?.cell)
    for (const base of bases(scene, ['pagu', last.cell.field]))
      yield { value: (last.exact * 100) / base, how: `${last.mention.text} ÷ ${base}` };
  if (last || fields.length === 0) return;
  // «Kelebihan ini 10% dari pagunya», with the amounts in the lines above.
  for (const base of above.filter((each) => each.cell && fields.includes(each.cell.field)))
    for (const one of above) if (one !== base && isOfNamedRow(scene, one)) yield quotient(one, base);
}

const WHOLE = /\b(?:total|totalnya|nilainya|keseluruhan|seluruhnya)\b/;

function quotient(part: Known, whole: Known): Candidate {
  return {
    value: (part.exact * 100) / (whole.exact || Number.NaN),
    how: `${part.mention.text} ÷ ${whole.mention.text}`,
  };
}

/** «Rp5 dari Rp7» */
function isBase({ read }: Scene, { mention }: Known): boolean {
  return read.tokens.slice(Math.max(0, mention.from - 3), mention.from).some(({ lower }) => lower === 'dari');
}

/** «10 kegiatan, 27%»: the share of a count in the number of all. */
function* countsOfTotal({ known, records, mention, binding }: Scene): Generator<Candidate> {
  const part = known.findLast((each) => each.mention.from < mention.from && each.mention.from >= binding.sentence.from);
  if (part?.mention.kind !== 'count' && part?.mention.kind !== 'number') return;
  for (const { cells } of totalRows(records))
    for (const { field, kind, value } of cells)
      if (kind === 'count' && (field === 'total' || field === 'count') && value > part.exact)
        yield { value: (part.exact * 100) / value, how: `${part.mention.text} ÷ ${value}` };
}

/** The nearest «N dari M» in the sentence. */
function countPair(scene: Scene): Candidate | undefined {
  const numbers = plainNumbers(scene);
  for (const [nth, whole] of numbers.entries()) {
    const part = numbers[nth - 1];
    const before = scene.read.tokens.slice(Math.max(0, whole.from - 3), whole.from).map(({ lower }) => lower);
    if (part && whole.value > 0 && before.some((word) => word === 'dari' || word === '/'))
      return { value: (part.value * 100) / whole.value, how: `${part.text} ÷ ${whole.text}` };
  }
  const [first, second] = numbers;
  // «37 kegiatan, 8 di antaranya terlambat (22%)»
  const isPartSecond = second && scene.read.tokens[second.last + 2]?.lower === 'antaranya';
  const [part, whole] = isPartSecond ? [second, first] : [first, second];
  // «4 kegiatan (29% dari 14 kegiatan)»
  return part && whole && whole.value > 0
    ? { value: (part.value * 100) / whole.value, how: `${part.text} ÷ ${whole.text}` }
    : undefined;
}

function* remainders(scene: Scene): Generator<Candidate> {
  const { binding, records, mention, read } = scene;
  // «sepertiga dari total sisa»
  if (read.tokens[mention.last + 1]?.lower === 'dari' && !baseFields(scene).includes('pagu')) return;
  for (const each of nearest(scene, 'percent').slice(0, 3))
    yield { value: 100 - each.exact, how: `100% − ${each.mention.text}` };
  const rows = records.rows.filter((row) =>
    [...binding.labels].some(([kind, { labels }]) =>
      [...(row.labels.get(kind) ?? [])].some((label) => labels.has(label)),
    ),
  );
  for (const row of [...rows, ...totalRows(records)].slice(0, 3)) {
    const serapan = cellOf(row, 'serapan')?.value;
    if (serapan !== undefined) yield { value: 100 - serapan, how: '100% − serapan' };
  }
}

function* growths(scene: Scene): Generator<Candidate> {
  const near = nearest(scene, 'amount');
  const { direction } = scene.binding;
  for (const two of orderBases(scene, near.slice(0, 3)))
    for (const one of near.slice(0, 3))
      if (one !== two && two.exact !== 0 && (direction === null || (direction === 'up') === one.exact > two.exact))
        yield {
          value: ((one.exact - two.exact) * 100) / two.exact,
          how: `(${one.mention.text} − ${two.mention.text}) ÷ ${two.mention.text}`,
        };
}

/** «dibanding Oktober»: the figure of October is the base. */
function orderBases({ read, mention, binding }: Scene, near: readonly Known[]): Known[] {
  const named = new Set(
    namesBetween(read, binding.line, mention.last + 1, binding.sentence.to).flatMap(({ labels }) => [
      ...(labels ?? []),
    ]),
  );
  const isNamed = (each: Known) =>
    [...each.binding.labels.values()].some(({ labels }) => [...labels].some((label) => named.has(label)));
  return [...near.filter(isNamed), ...near.filter((each) => !isNamed(each))];
}
