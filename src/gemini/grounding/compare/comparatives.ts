import { isObjectKind } from '../binding/names.ts';
import type { Known } from '../checks/scene.ts';
import { cellOf } from '../data/selections.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import { areAlike, comparedFields, isSubject, numberOf } from './subjects.ts';

const GREATER = new Set('tinggi besar banyak baik cepat mahal'.split(' '));
const LESS = new Set('rendah kecil sedikit lambat murah'.split(' '));
const THAN = /^(?:dari|daripada|dibanding|dibandingkan|ketimbang)$/;
/** Words for the speed of a change, of two months. */
const SPEED: Record<string, number> = { melambat: -1, melemah: -1, menguat: 1, cepat: 1, lambat: -1 };
/** Words for rows that are not named. */
const OTHERS = /^(?:semua|seluruh|selain|kecuali|terkecuali|luar|lain|lainnya)$/;
const IN_LIST = /^(?:atas|bawah)nya$/;
const WHY = 'perbandingannya terbalik';

/** A comparing word. `sign` 1: the first is greater. `last`: its last token. */
interface Comparative {
  sign: number;
  last: number;
}

/** Returns 1 for «besar», −1 for «kecil», 0 for other words. */
export function signOfAdjective(word: string): number {
  return GREATER.has(word) ? 1 : LESS.has(word) ? -1 : 0;
}

export function isComparative(tokens: readonly Token[], at: number): boolean {
  return comparativeAt(tokens, at) !== undefined;
}

/** The first words of a comparison. */
const FIRST = new Set(
  '< > di melebihi melampaui mengungguli unggul kalah tertinggal lebih melambat melemah menguat'.split(' '),
);

/** «lebih besar dari», «di bawah», «melebihi», «unggul dari», «>» */
function comparativeAt(tokens: readonly Token[], at: number): Comparative | undefined {
  if (!FIRST.has(tokens[at]!.lower)) return undefined;
  const [first = '', second = ''] = [0, 1].map((ahead) => tokens[at + ahead]?.lower ?? '');
  if (/^[<>]$/.test(first)) return { sign: first === '>' ? 1 : -1, last: at };
  if (first === 'di' && (/^(?:atas|bawah)$/.test(second) || IN_LIST.test(second)))
    return { sign: second.startsWith('atas') ? 1 : -1, last: at + 1 };
  if (/^(?:melebihi|melampaui|mengungguli)$/.test(first)) return { sign: 1, last: at };
  if (/^(?:unggul|kalah|tertinggal)$/.test(first)) {
    const of = findThan(tokens, at + 1);
    return of === undefined ? undefined : { sign: first === 'unggul' ? 1 : -1, last: of };
  }
  if (first in SPEED) {
    const of = findThan(tokens, at + 1);
    return of === undefined ? undefined : { sign: SPEED[first]!, last: of };
  }
  const sign = first === 'lebih' ? signOfAdjective(second) : 0;
  const than = sign === 0 ? undefined : findThan(tokens, at + 2);
  return than === undefined ? undefined : { sign, last: than };
}

/** «lebih sedikit (27 poin) daripada»: only a figure may be between. */
function findThan(tokens: readonly Token[], from: number): number | undefined {
  for (let at = from; at < from + 7 && at < tokens.length; at++) {
    if (THAN.test(tokens[at]!.lower)) return at;
    if (/^[.;,]$/.test(tokens[at]!.text) || tokens[at]!.kind === 'break') return undefined;
  }
  return undefined;
}

/** «Rata-rata 74%. Di bawahnya ada A (71%) dan B (69%)»: each figure behind it is compared with the one before. */
function checkListed({ known, above, at }: Comparison, sign: number): Contradiction | undefined {
  const base = [...above, ...known].findLast(({ mention }) => mention.from < at);
  const isAlike = ({ mention, cell }: Known) =>
    mention.from > at && mention.kind === base?.mention.kind && cell?.field === base.cell?.field;
  const wrong = known.find((each) => isAlike(each) && sign * (each.exact - base!.exact) < 0)?.mention;
  return wrong && { from: wrong.from, last: wrong.last, why: WHY };
}

/** Checks a comparison of two figures, of a field with another one of its row, or of two rows. */
export function checkComparative(comparison: Comparison): Contradiction | undefined {
  const { read, at, from, known } = comparison;
  const { sign, last } = comparativeAt(read.tokens, at)!;
  if (IN_LIST.test(read.tokens[last]!.lower)) return checkListed(comparison, sign);
  const before = read.tokens.slice(Math.max(from, at - 3), at);
  if (before.some(({ lower }) => /^(?:tidak|bukan|belum)$/.test(lower))) return undefined;
  const isMark = last === at && /^[<>]$/.test(read.tokens[at]!.text);
  // «lebih sedikit (27 poin) daripada 18 poin»; in «lebih tinggi 22 poin daripada» the figure is the difference.
  const isGap = ({ mention: { from, isPoints } }: Known) =>
    (isPoints || from > at) && !isMark && read.tokens[from - 1]?.text !== '(';
  const one = known.findLast((each) => each.mention.last < last && !isGap(each));
  const two = known.find(({ mention }) => mention.from > last);
  if (
    one &&
    two &&
    one.mention.kind === two.mention.kind &&
    two.mention.kind !== 'count' &&
    isJoined(comparison, one)
  ) {
    if (sign * (one.exact - two.exact) >= 0) return undefined;
    return { from: two.mention.from, last: two.mention.last, why: WHY };
  }
  if (isMark || (one && two && one.mention.kind === two.mention.kind)) return undefined;
  return isReversed(comparison, sign, last) ? { from: at, last, why: WHY } : undefined;
}

/** Maximum number of tokens between a figure and the word that compares it. */
const MAX_GAP = 8;

function isJoined({ read, at }: Comparison, { mention }: Known): boolean {
  const gap = read.tokens.slice(mention.last + 1, at);
  const hasOtherSubject = gap.some(({ lower }) =>
    /^(?:sedangkan|sementara|tetapi|namun|yaitu|akun|kegiatan)$/.test(lower),
  );
  return gap.length <= MAX_GAP && !hasOtherSubject;
}

/** «Sisa 524111 lebih besar dari sisa 532111», «SP2D lebih tinggi dari Akrual», «realisasi masih di bawah pagu» */
function isReversed({ names, at, read, from, known, above }: Comparison, sign: number, last: number): boolean {
  const { tokens } = read;
  // «uang makan lebih cepat terserap daripada listrik»
  const field =
    names.findLast((name) => name.kind === 'field' && name.to <= at) ??
    names.find((name) => name.kind === 'field' && name.to <= last);
  const right = names.find((name) => name.from > last && isSubject(name));
  const other = names.find((name) => name.kind === 'field' && name.from === last + 1);
  if (other?.fields?.has('pagu') && !right) {
    // «Kecuali 522151, semua akun di bawah pagu»
    if (tokens.slice(from, at).some(({ lower }) => OTHERS.test(lower))) return false;
    const row = names.findLast((name) => name.to <= at && isSubject(name) && isObjectKind(name.kind));
    const cell = row ? undefined : [...above, ...known].findLast((each) => each.mention.from < at && each.cell)?.cell;
    const find = (wanted: string) =>
      row ? numberOf(row, wanted) : ((cell && cellOf(cell.row, wanted)?.value) ?? Number.NaN);
    return !(field && !field.fields!.has('realisasi')) && sign * (find('realisasi') - find('pagu')) < 0;
  }
  const left = names.findLast((name) => name.to <= at && isSubject(name) && right && areAlike(name, right));
  if (!left || !right) return false;
  const words = tokens.slice(from, last).map(({ lower }) => lower);
  const isOfChange = words.some((word) => word in SPEED || UP.has(word) || DOWN.has(word) || word === 'laju');
  const hasPercent = tokens.slice(last, last + 12).some(({ text }) => text === '%');
  const isOfMonth = right.kind === 'month';
  const fields =
    isOfMonth && isOfChange && !field?.fields?.has('sisa')
      ? ['realisasi', 'serapan']
      : comparedFields(tokens, field, hasPercent);
  const compare = (isChange: boolean) =>
    fields.map((each) => sign * (numberOf(left, each, isChange) - numberOf(right, each, isChange)));
  // «Realisasi November lebih rendah dari Oktober»: the state at its end, or what the month added.
  const all = [...(isOfMonth && isOfChange ? [] : compare(false)), ...(isOfMonth ? compare(true) : [])];
  const differences = all.filter((difference) => difference > 0 || difference < 0);
  return differences.length > 0 && differences.every((difference) => difference < 0);
}
