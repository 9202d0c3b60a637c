import type { Sums } from '../reports/columns.ts';
import { toPercent, toSen } from '../rupiah.ts';
import type { Commitment } from './commitments.ts';

/** The amounts that every budget tool gives; rupiah, `serapan_persen` in percent, null where pagu is 0. */
export interface Amounts extends Sums {
  sisa: number;
  serapan_persen: number | null;
  outstanding: number;
  komitmen: number;
  sisa_setelah_komitmen: number;
}

/** What rows and accounts can be ranked by. */
export const SORTS = ['pagu', 'realisasi', 'sisa', 'serapan'] as const;

/** What both budget searches can be narrowed and ranked by; rupiah and percent, bounds included. */
export interface BudgetRanking {
  min_sisa?: number;
  max_sisa?: number;
  min_serapan?: number;
  max_serapan?: number;
  sort?: (typeof SORTS)[number];
  /** Without it the largest come first; without a sort the report's own order (codes, account numbers) does. */
  order?: 'asc' | 'desc';
  limit: number;
  offset: number;
}

/** One page of matches; `count` and `totals` are of all matches, `ranked` of them have a place in the order. */
export interface BudgetMatches<Row> {
  count: number;
  totals: Amounts;
  ranked: number;
  page: Row[];
}

/** Realisation as a share of pagu in percent, not rounded; null where pagu is 0. */
export function serapanOf(pagu: number, realisasi: number): number | null {
  return pagu === 0 ? null : (realisasi * 100) / pagu;
}

/** What sums and commitments together say, rounded to sen and to four decimals of a percent. */
export function amountsOf(sums: Sums, commitment: Commitment): Amounts {
  const serapan = serapanOf(sums.pagu, sums.realisasi);
  const sisa = sums.pagu - sums.realisasi;
  return {
    pagu: toSen(sums.pagu),
    lock_pagu: toSen(sums.lock_pagu),
    realisasi_periode_lalu: toSen(sums.realisasi_periode_lalu),
    realisasi_periode_ini: toSen(sums.realisasi_periode_ini),
    realisasi: toSen(sums.realisasi),
    sisa: toSen(sisa),
    serapan_persen: serapan === null ? null : toPercent(serapan),
    outstanding: toSen(commitment.outstanding),
    komitmen: toSen(commitment.komitmen),
    sisa_setelah_komitmen: toSen(sisa - commitment.outstanding - commitment.komitmen),
  };
}

/** Whether a row with this pagu and realisasi is within what was asked for. */
export type Bounds = (pagu: number, realisasi: number) => boolean;

/** The test of sisa and serapan against the bounds; undefined where there are none. Without pagu no serapan is in bounds. */
export function boundsOf(bounds: BudgetRanking): Bounds | undefined {
  const { min_sisa, max_sisa, min_serapan, max_serapan } = bounds;
  const onSisa = min_sisa !== undefined || max_sisa !== undefined;
  const onSerapan = min_serapan !== undefined || max_serapan !== undefined;
  if (!onSisa && !onSerapan) return undefined;
  return (pagu, realisasi) => {
    if (onSisa) {
      // In sen: 0.3 − 0.1 is not quite 0.2 for a computer.
      const sisa = toSen(pagu - realisasi);
      if (sisa < (min_sisa ?? -Infinity) || sisa > (max_sisa ?? Infinity)) return false;
    }
    if (!onSerapan) return true;
    const serapan = serapanOf(pagu, realisasi);
    return serapan !== null && serapan >= (min_serapan ?? -Infinity) && serapan <= (max_serapan ?? Infinity);
  };
}

/** The page of `rows` asked for, as row numbers of the columns; those without pagu have no place in a ranking by serapan. */
export function rankedPage(
  rows: Uint32Array,
  pagu: Float64Array,
  realisasi: Float64Array,
  ranking: BudgetRanking,
): { page: number[]; ranked: number } {
  const { sort, order, offset, limit } = ranking;
  const wanted = offset + limit;
  if (!sort) {
    const inOrder = order === 'desc' ? rows.toReversed() : rows;
    return { page: [...inOrder.subarray(offset, wanted)], ranked: rows.length };
  }
  const keys = keysOf(rows, pagu, realisasi, sort);
  const sign = order === 'asc' ? 1 : -1;
  let ranked = 0;
  for (let at = 0; at < keys.length; at++) {
    keys[at]! *= sign;
    if (!Number.isNaN(keys[at]!)) ranked++;
  }
  const best = wanted > MOST_INSERTED ? sorted(keys) : smallest(keys, wanted);
  return { page: best.slice(offset, wanted).map((at) => rows[at]!), ranked };
}

/**
 * What each row is ranked by; NaN for what has no place in the ranking. A loop for each sort, because this runs over
 * every row of a report: one loop that asks for the sort takes three times as long.
 */
function keysOf(
  rows: Uint32Array,
  pagu: Float64Array,
  realisasi: Float64Array,
  sort: (typeof SORTS)[number],
): Float64Array {
  const keys = new Float64Array(rows.length);
  if (sort === 'sisa') {
    for (let at = 0; at < keys.length; at++) keys[at] = pagu[rows[at]!]! - realisasi[rows[at]!]!;
  } else if (sort === 'serapan') {
    for (let at = 0; at < keys.length; at++)
      keys[at] = serapanOf(pagu[rows[at]!]!, realisasi[rows[at]!]!) ?? Number.NaN;
  } else {
    const column = sort === 'pagu' ? pagu : realisasi;
    for (let at = 0; at < keys.length; at++) keys[at] = column[rows[at]!]!;
  }
  return keys;
}

/** Above this a page far down the list is cheaper to find by sorting everything. */
const MOST_INSERTED = 500;

function sorted(keys: Float64Array): number[] {
  const positions = [...keys.keys()].filter((position) => !Number.isNaN(keys[position]!));
  return positions.sort((a, b) => keys[a]! - keys[b]!);
}

/** The positions of the `wanted` smallest keys, in order: far cheaper than sorting all for a first page. */
function smallest(keys: Float64Array, wanted: number): number[] {
  const positions: number[] = [];
  let worst = Infinity;
  for (let position = 0; position < keys.length; position++) {
    const key = keys[position]!;
    // Also false for NaN. An equal that comes later stays behind.
    if (!(key < worst)) continue;
    let place = positions.length;
    while (place > 0 && keys[positions[place - 1]!]! > key) place--;
    positions.splice(place, 0, position);
    if (positions.length > wanted) positions.pop();
    if (positions.length === wanted) worst = keys[positions[wanted - 1]!]!;
  }
  return positions;
}
