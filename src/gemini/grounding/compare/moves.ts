import type { Known } from '../checks/scene.ts';
import type { Cell, Records } from '../data/records.ts';
import { cellOf, totalRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import { compareDates } from '../derive/changes.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import { signOfAdjective } from './comparatives.ts';
import type { Comparison, Contradiction } from './contradiction.ts';

const TO = /^(?:menjadi|jadi|ke)$/;
const WHY = 'arah perubahannya terbalik';

export function isMove(tokens: readonly Token[], at: number): boolean {
  return signOfTrend(tokens, at) !== 0 || UP.has(tokens[at]!.lower) || DOWN.has(tokens[at]!.lower);
}

/** «makin kecil» */
function signOfTrend(tokens: readonly Token[], at: number): number {
  if (!/^(?:makin|semakin)$/.test(tokens[at]!.lower)) return 0;
  const next = tokens[at + 1]?.lower ?? '';
  return next === 'naik' ? 1 : next === 'turun' ? -1 : signOfAdjective(next);
}

/** Checks «turun dari 61% menjadi 70%», «serapan turun jadi 68%», «menurun: 675, 749, 802 juta». */
export function checkMove(comparison: Comparison): Contradiction | undefined {
  const { read, records, known, at, to } = comparison;
  const trend = signOfTrend(read.tokens, at);
  const sign = trend || (UP.has(read.tokens[at]!.lower) ? 1 : -1);
  const follows = ({ mention }: Known, word: RegExp) =>
    [1, 2].some((back) => word.test(read.tokens[mention.from - back]?.lower ?? ''));
  // «realisasi bertambah Rp2, sehingga sisa menyusut dari Rp9 menjadi Rp7»: up to the next move.
  let end = at + 1;
  while (end < to && !isMove(read.tokens, end)) end++;
  const after = known.filter(({ mention }) => mention.from > at && mention.from < end);
  const second = after.findIndex((each) => follows(each, TO));
  const [one, two] = [after[second - 1], after[second]];
  const doubt = ({ mention }: Known) => ({ from: mention.from, last: mention.last, why: WHY });
  if (one && two && one.mention.kind === two.mention.kind && follows(one, /^dari$/))
    return sign * (two.exact - one.exact) < 0 ? doubt(two) : undefined;
  // «Dibanding Oktober (Rp8,2 miliar) naik Rp641 juta menjadi Rp8,9 miliar»
  const base = known.findLast(({ mention, cell }) => mention.from < at && cell && cell.field === two?.cell?.field);
  if (two && base && sign * (two.exact - base.exact) < 0 && base.cell!.kind === two.cell!.kind) return doubt(two);
  if (two && second === 0 && two.mention.from - at <= 4 && two.cell)
    return sign * changeOf(two.cell, records) < 0 ? doubt(two) : undefined;
  if (read.tokens[trend === 0 ? at + 1 : at + 2]?.text !== ':')
    return trend !== 0 && isTurned(comparison, trend) ? { from: at, last: at + 1, why: WHY } : undefined;
  const listed = after.filter(({ mention }) => mention.kind === after[0]!.mention.kind);
  const turn = listed.find((each, nth) => nth > 0 && sign * (each.exact - listed[nth - 1]!.exact) < 0);
  return turn && doubt(turn);
}

/** Words for what changes from month to month. */
const RATE = /^(?:laju|lajunya|pertumbuhan|pertumbuhannya|tambahan|tambahannya|kenaikan|kenaikannya|cepat|lambat)$/;
/** Minimum number of changes above that show a trend. */
const MIN_CHANGES = 3;

/** «+15%, +13%, +9%. Lajunya makin cepat»: the changes above go the other way. */
function isTurned({ read, at, from, above }: Comparison, sign: number): boolean {
  if (!read.tokens.slice(from, at + 2).some(({ lower }) => RATE.test(lower))) return false;
  const changes = above.filter(({ mention, cell }) => mention.sign !== undefined || cell?.isChange);
  const rates = changes.filter(({ mention }) => mention.kind === changes.at(-1)!.mention.kind);
  return (
    rates.length >= MIN_CHANGES &&
    rates.every((each, nth) => nth === 0 || sign * (each.exact - rates[nth - 1]!.exact) < 0)
  );
}

/** Maximum difference of two equal numbers. */
const MAX_BINARY_ERROR = 1e-6;

/** The change of a number since the month before, or since an earlier report of the same type; NaN if unknown. */
function changeOf(cell: Cell, records: Records): number {
  const { field, value, kind } = cell;
  const near = between(records.cells[kind], (each) => each.value, value, value + MAX_BINARY_ERROR);
  const rows = near.flatMap((each) => (each.field === field && !each.isChange ? each.row : []));
  const changes = rows.flatMap(({ cells }) => cells.find((each) => each.isChange && each.field === field) ?? []);
  if (changes.length > 0) return changes[0]!.value;
  const totals = totalRows(records).flatMap((row) => cellOf(row, field) ?? []);
  const earlier = totals.find((each) => compareDates(cell, each) > 0);
  return earlier ? value - earlier.value : Number.NaN;
}
