import type { Sums } from '../reports/columns.ts';
import { toPercent, toSen } from '../rupiah.ts';
import type { Commitment } from './commitments.ts';

/** The amounts in the results of every budget tool, in rupiah; `serapan_persen` is null if pagu is 0. */
export interface Amounts extends Sums {
  sisa: number;
  serapan_persen: number | null;
  outstanding: number;
  komitmen: number;
  sisa_setelah_komitmen: number;
}

/** The amounts by which rows and accounts can be ranked. */
export const SORTS = ['pagu', 'realisasi', 'sisa', 'serapan'] as const;

/** Bounds (included; rupiah and percent), order and page of both budget searches. */
export interface BudgetRanking {
  min_sisa?: number;
  max_sisa?: number;
  min_serapan?: number;
  max_serapan?: number;
  sort?: (typeof SORTS)[number];
  /** Default: the largest first. Without `sort`: the report's order (codes, account numbers). */
  order?: 'asc' | 'desc';
  limit: number;
  offset: number;
}

/** One page of matches. `count` and `totals` cover all matches; `ranked` is the number that have a rank. */
export interface BudgetMatches<Row> {
  count: number;
  totals: Amounts;
  ranked: number;
  page: Row[];
}

/** Realisation as a share of pagu in percent, not rounded. @returns null when pagu is 0 */
export function serapanOf(pagu: number, realisasi: number): number | null {
  return pagu === 0 ? null : (realisasi * 100) / pagu;
}

/** Computes the amounts of a result, rounded to sen and to four decimals of a percent. */
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

/** Whether a row with this pagu and realisasi is within the requested bounds. */
export type Bounds = (pagu: number, realisasi: number) => boolean;

/** Builds the test of sisa and serapan; a row without pagu fails the test of serapan. @returns undefined without bounds */
export function boundsOf(bounds: BudgetRanking): Bounds | undefined {
  const { min_sisa, max_sisa, min_serapan, max_serapan } = bounds;
  const checksSisa = min_sisa !== undefined || max_sisa !== undefined;
  const checksSerapan = min_serapan !== undefined || max_serapan !== undefined;
  if (!checksSisa && !checksSerapan) return undefined;
  return (pagu, realisasi) => {
    if (checksSisa) {
      // Round to sen: in binary floating point 0.3 − 0.1 is not 0.2.
      const sisa = toSen(pagu - realisasi);
      if (sisa < (min_sisa ?? -Infinity) || sisa > (max_sisa ?? Infinity)) return false;
    }
    if (!checksSerapan) return true;
    const serapan = serapanOf(pagu, realisasi);
    return serapan !== null && serapan >= (min_serapan ?? -Infinity) && serapan <= (max_serapan ?? Infinity);
  };
}

/** Returns the requested page as row numbers of the columns; rows without pagu have no rank by serapan. */
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
  const keys = buildSortKeys(rows, pagu, realisasi, sort);
  const sign = order === 'asc' ? 1 : -1;
  let ranked = 0;
  for (let at = 0; at < keys.length; at++) {
    keys[at]! *= sign;
    if (!Number.isNaN(keys[at]!)) ranked++;
  }
  const best = wanted > MAX_INSERTED_ROWS ? sortPositions(keys) : selectSmallest(keys, wanted);
  return { page: best.slice(offset, wanted).map((at) => rows[at]!), ranked };
}

/**
 * Builds the sort key of each row; NaN for a row without a rank. One loop per sort, because this runs over every row of a
 * report: a single loop that checks the sort takes three times as long.
 */
function buildSortKeys(
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

/** Above this position, sorting all rows is cheaper than insertion. */
const MAX_INSERTED_ROWS = 500;

function sortPositions(keys: Float64Array): number[] {
  const positions = [...keys.keys()].filter((position) => !Number.isNaN(keys[position]!));
  return positions.sort((a, b) => keys[a]! - keys[b]!);
}

/** Returns the positions of the `wanted` smallest keys in order; far cheaper than sorting all rows for a first page. */
function selectSmallest(keys: Float64Array, wanted: number): number[] {
  const positions: number[] = [];
  let worst = Infinity;
  for (let position = 0; position < keys.length; position++) {
    const key = keys[position]!;
    // Also skips NaN. Equal keys keep their order.
    if (!(key < worst)) continue;
    let place = positions.length;
    while (place > 0 && keys[positions[place - 1]!]! > key) place--;
    positions.splice(place, 0, position);
    if (positions.length > wanted) positions.pop();
    if (positions.length === wanted) worst = keys[positions[wanted - 1]!]!;
  }
  return positions;
}
