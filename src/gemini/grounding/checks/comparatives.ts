import { isObjectKind, type Name } from '../binding/names.ts';
import type { Row } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import type { Known } from './scene.ts';

const GREATER = new Set('tinggi besar banyak baik cepat'.split(' '));
const LESS = new Set('rendah kecil sedikit lambat'.split(' '));
const THAN = /^(?:dari|daripada|dibanding|dibandingkan|ketimbang|lagi)$/;
const WHY = 'perbandingannya terbalik';

/** A comparing word. `sign` 1: the first is greater. `last`: its last token. */
interface Comparative {
  sign: number;
  last: number;
}

export function isComparative(tokens: readonly Token[], at: number): boolean {
  return comparativeAt(tokens, at) !== undefined;
}

/** The first words of a comparison. */
const FIRST = new Set('< > di melebihi melampaui mengungguli unggul kalah tertinggal lebih'.split(' '));

/** «lebih besar dari», «di bawah», «melebihi», «unggul dari», «>» */
function comparativeAt(tokens: readonly Token[], at: number): Comparative | undefined {
  if (!FIRST.has(tokens[at]!.lower)) return undefined;
  const [first = '', second = ''] = [0, 1].map((ahead) => tokens[at + ahead]?.lower ?? '');
  if (/^[<>]$/.test(first)) return { sign: first === '>' ? 1 : -1, last: at };
  if (first === 'di' && /^(?:atas|bawah)$/.test(second)) return { sign: second === 'atas' ? 1 : -1, last: at + 1 };
  if (/^(?:melebihi|melampaui|mengungguli)$/.test(first)) return { sign: 1, last: at };
  if (/^(?:unggul|kalah|tertinggal)$/.test(first)) {
    const of = findThan(tokens, at + 1);
    return of === undefined ? undefined : { sign: first === 'unggul' ? 1 : -1, last: of };
  }
  const sign = first !== 'lebih' ? 0 : GREATER.has(second) ? 1 : LESS.has(second) ? -1 : 0;
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

/** Checks a comparison of two figures, of a field with another one of its row, or of two rows. */
export function checkComparative(comparison: Comparison): Contradiction | undefined {
  const { read, at, from, known } = comparison;
  const { sign, last } = comparativeAt(read.tokens, at)!;
  const before = read.tokens.slice(Math.max(from, at - 3), at);
  if (before.some(({ lower }) => /^(?:tidak|bukan|belum)$/.test(lower))) return undefined;
  const isMark = last === at && /^[<>]$/.test(read.tokens[at]!.text);
  // «lebih sedikit (27 poin) daripada 18 poin»; in «lebih tinggi 22 poin daripada» the figure is the difference.
  const isGap = ({ mention: { from, isPoints } }: Known) => isPoints && !isMark && read.tokens[from - 1]?.text !== '(';
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

/** «Sisa 524111 lebih besar dari sisa 532111», «realisasi 522151 masih di bawah pagu» */
function isReversed({ records, names, at, read }: Comparison, sign: number, last: number): boolean {
  const fieldsOf = (name: Name | undefined) => [...(name?.fields ?? [])];
  const field = fieldsOf(names.findLast((name) => name.kind === 'field' && name.to <= at));
  const other = fieldsOf(names.find((name) => name.kind === 'field' && name.from === last + 1));
  const rowOf = (name: Name | undefined): Row | undefined => {
    const rows = name ? selectRows(records, new Map([[name.kind, name.labels!]])).flatMap(({ rows }) => rows) : [];
    return rows.length === 1 ? rows[0] : undefined;
  };
  const isObject = ({ kind, labels }: Name) => isObjectKind(kind) && labels !== undefined;
  const left = rowOf(names.findLast((name) => name.to <= at && isObject(name)));
  const right = rowOf(names.find((name) => name.from > last && isObject(name)));
  const numberOf = (row: Row | undefined, wanted: readonly string[]) => {
    const found = row && wanted.map((each) => cellOf(row, each)?.value).find((value) => value !== undefined);
    return found ?? Number.NaN;
  };
  if (other[0] === 'pagu' && !right) return sign * (numberOf(left, ['realisasi']) - numberOf(left, ['pagu'])) < 0;
  const isShare = field.includes('serapan') || read.tokens.slice(last, last + 12).some(({ text }) => text === '%');
  const compared = isShare ? ['serapan'] : field;
  return sign * (numberOf(left, compared) - numberOf(right, compared)) < 0;
}
