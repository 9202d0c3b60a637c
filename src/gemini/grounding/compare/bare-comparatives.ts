import type { Name } from '../binding/names.ts';
import { tolerance } from '../checks/lookup.ts';
import type { Known } from '../checks/scene.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/figures.ts';
import type { Token } from '../text/tokenizer.ts';
import { signOfAdjective } from './comparatives.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import { areAlike, isSubject, numberOf } from './subjects.ts';

const WHY = 'perbandingannya terbalik';
const THAN = /^(?:dari|daripada|dibanding|dibandingkan|ketimbang)$/;

/** «lebih besar, yakni Rp5», without the other side. */
export function isBareComparative(tokens: readonly Token[], at: number): boolean {
  return (
    tokens[at]!.lower === 'lebih' &&
    signOfAdjective(tokens[at + 1]?.lower ?? '') !== 0 &&
    !tokens.slice(at + 2, at + 4).some(({ lower }) => THAN.test(lower))
  );
}

/** Words between a comparative and the number of its subject, and between that and the number of the other one. */
const VALUE =
  /^(?:lagi|,|:|\(|yakni|yaitu|adalah|hanya|baru|jumlahnya|nilainya|sisanya|pagunya|serapannya|alokasinya|realisasinya)$/;
const GAP = /^(?:sekitar|kira|-|±|~|hampir|selisih|\(|sebesar|senilai|sebanyak|terpaut|,|beda)$/;
const AGAINST = /^(?:banding|berbanding|lawan|melawan|vs|versus|dibanding|dibandingkan|sementara|sedangkan)$/;

/** Checks «tambahan November lebih besar, yakni Rp5», «lebih cepat: Rp5, sementara Oktober Rp7», «yang kedua lebih kecil Rp3». */
export function checkBareComparative(comparison: Comparison): Contradiction | undefined {
  const { read, at, mentions } = comparison;
  const sign = signOfAdjective(read.tokens[at + 1]!.lower);
  const first = mentions.find(({ from }) => from > at);
  const words = first ? read.tokens.slice(at + 2, first.from).map(({ lower }) => lower) : [];
  if (!first) return undefined;
  if (words.length > 0 && words.every((word) => VALUE.test(word))) {
    const found = checkValue(comparison, sign, first);
    if (found) return found;
  }
  return words.every((word) => GAP.test(word)) && isGapReversed(comparison, sign, first)
    ? { from: at, last: at + 1, why: WHY }
    : undefined;
}

/** The number of the subject is compared with the one behind it, else with the one before the comparative. */
function checkValue({ read, known, at, above }: Comparison, sign: number, first: Mention): Contradiction | undefined {
  const [one, two] = known.filter(({ mention }) => mention.from >= first.from);
  if (one?.mention !== first) return undefined;
  const isPair =
    two?.mention.kind === first.kind &&
    read.tokens.slice(first.last + 1, two.mention.from).some(({ lower }) => AGAINST.test(lower));
  if (isPair)
    return sign * (one.exact - two.exact) < 0
      ? { from: two.mention.from, last: two.mention.last, why: WHY }
      : undefined;
  const base = [...above, ...known].findLast((each) => each.mention.from < at && isSameField(each, one));
  const isNear = base && read.layout.lineOf[at]! - read.layout.lineOf[base.mention.from]! <= 1;
  return isNear && sign * (one.exact - base.exact) < 0 ? { from: first.from, last: first.last, why: WHY } : undefined;
}

/** Two rows have the same number: the amounts at the end of two months, or what two months added. */
function isSameField({ cell, mention }: Known, { cell: other, mention: { kind } }: Known): boolean {
  if (!cell || !other || mention.kind !== kind || cell.row === other.row) return false;
  return cell.field === other.field && cell.isChange === other.isChange;
}

/** Maximum number of tokens before a comparative that may name what is compared. */
const MAX_REACH = 90;
/** Maximum number of lines above that may name it. */
const MAX_LINES = 8;
const ORDINALS = ['pertama', 'kedua'];
const FIELDS = {
  amount: ['realisasi', 'sisa', 'pagu', 'alokasi'],
  percent: ['serapan'],
  count: ['count'],
  number: ['count'],
};

/** A figure that is the difference of the subject and another row named near it, but the other one is greater. */
function isGapReversed(comparison: Comparison, sign: number, gap: Mention): boolean {
  const { read, at, from, names, known, above } = comparison;
  const near = subjectsNear(comparison);
  const ordinal = read.tokens.slice(Math.max(from, at - 3), at).findLast(({ lower }) => ORDINALS.includes(lower));
  const pairs = [...Map.groupBy(near, ({ kind }) => kind).values()].flatMap((alike) => {
    const subjects = alike.filter((each, nth) => !alike.slice(0, nth).some((other) => !areAlike(each, other)));
    const nearest = alike.findLast((name) => name.from >= from && name.to <= at && !isBase(read.tokens, name));
    const left = !ordinal ? nearest : subjects.length === 2 ? subjects[ORDINALS.indexOf(ordinal.lower)] : undefined;
    return left ? subjects.filter((each) => areAlike(left, each)).map((other) => [left, other] as const) : [];
  });
  // The field that the sentence names, else that of the figures before, else any.
  const named = names.findLast(({ kind, to }) => kind === 'field' && to <= at)?.fields;
  const figure = [...above, ...known].findLast(({ mention }) => mention.from < at && mention.kind === gap.kind);
  for (const fields of [named ?? [], [figure?.cell?.field ?? ''], FIELDS[gap.kind]]) {
    const shown = pairs
      .flatMap(([one, two]) => [...fields].map((field) => numberOf(one, field) - numberOf(two, field)))
      .filter((difference) => isShown(gap, Math.abs(difference)));
    if (shown.length > 0) return shown.every((difference) => sign * difference < 0);
  }
  return false;
}

/** «Dibanding laporan SP2D, angka Akrual lebih tinggi Rp3» */
function isBase(tokens: readonly Token[], { from, isBase }: Name): boolean {
  return isBase === true || tokens.slice(Math.max(0, from - 3), from).some(({ lower }) => THAN.test(lower));
}

function isShown(gap: Mention, difference: number): boolean {
  const side = difference > gap.value ? 'above' : 'below';
  return difference > 0 && Math.abs(difference - gap.value) <= tolerance(gap, side, difference) + difference * 1e-9;
}

/** The rows that are named before a comparative and behind it in its sentence, in the order of the text. */
function subjectsNear({ read, at, to }: Comparison): Name[] {
  const line = read.layout.lineOf[at]!;
  return read.names
    .slice(Math.max(0, line - MAX_LINES), line + 1)
    .flatMap((names) =>
      between(names, ({ from }) => from, at - MAX_REACH, to).filter((name) => isSubject(name) && !name.isWeak),
    );
}
