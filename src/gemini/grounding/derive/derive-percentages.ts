import { isObjectKind } from '../binding/names.ts';
import { bases, type Candidate, fieldsOf, type Known, namesBetween, nearest, type Scene } from '../checks/scene.ts';
import { cellOf, totalRows } from '../data/selections.ts';
import type { Mention } from '../text/figures.ts';
import { findAnchor, quotients, quotientsNear } from './derive-quotients.ts';
import { sumOfTop } from './derive-sums.ts';
import { differencesOfPercents } from './percentage-points.ts';
import { baseFields, shares } from './shares.ts';

const REMAINDER = /\b(?:belum|masih|sisa|tersedia|sisanya|tersisa|lagi|tidak|tak|bersisa|menyisakan)\b/;
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
