import { isObjectKind } from '../binding/names.ts';
import { bases, type Candidate, type Known, nearest, plainNumbers, type Scene } from '../checks/scene.ts';
import { cellOf } from '../data/selections.ts';
import { baseFields } from './shares.ts';

/** Maximum number of tokens between an amount and its share. */
const MAX_ANCHOR_GAP = 5;
const WHOLE = /\b(?:total|totalnya|nilainya|keseluruhan|seluruhnya)\b/;

/** «18 dari 37 (49%)», «Rp5 juta atau 12% dari pagu» */
export function* quotients(scene: Scene): Generator<Candidate> {
  const { read, mention, known, binding } = scene;
  const pair = countPair(scene);
  if (pair) yield pair;
  const line = known.filter((each) => each.binding.line === binding.line && each.mention.kind === 'amount');
  const before = line
    .filter((each) => each.mention.from < mention.from)
    .slice(-3)
    .reverse();
  const [last, other] = before;
  const whole = before.slice(1).find((each) => isBase(scene, each));
  if (last && whole) yield quotient(last, whole);
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

/** The quotients of two amounts or two counts near the figure, the nearest first. */
export function* quotientsNear(scene: Scene): Generator<Candidate> {
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
export function findAnchor({ mention, known, binding, read }: Scene): Known | undefined {
  const last = known.findLast((each) => each.mention.from < mention.from);
  if (!last || last.mention.from < binding.sentence.from || mention.from - last.mention.last > MAX_ANCHOR_GAP)
    return undefined;
  return last.mention.kind === 'amount' || read.tokens[mention.from - 1]!.text === '(' ? last : undefined;
}

/** «separuhnya (45%) untuk Temu Mitra»: the part is a number of the named row; true if no row is named. */
function isOfNamedRow({ binding }: Scene, { cell, binding: other }: Known): boolean {
  return [...binding.labels].every(([kind, { labels, nearness }]) => {
    if (!isObjectKind(kind) || nearness === 'lead') return true;
    const own = cell?.row.labels.get(kind) ?? other.labels.get(kind)?.labels;
    return own !== undefined && [...own].some((label) => labels.has(label));
  });
}

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
