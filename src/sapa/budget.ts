import type { Commitment } from './commitments.ts';
import type { Sums } from './parsed-report.ts';
import { toPercent, toSen } from './rupiah.ts';

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

/** One page of matches; `count` and `totals` are of all matches, `without_pagu` of them have no serapan to rank by. */
export interface BudgetMatches<Row> {
  count: number;
  totals: Amounts;
  without_pagu: number;
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

/** A test of sisa and serapan against the bounds; undefined where there are none. Without pagu no serapan is in bounds. */
export function boundsOf(bounds: BudgetRanking): ((pagu: number, realisasi: number) => boolean) | undefined {
  const { min_sisa, max_sisa, min_serapan, max_serapan } = bounds;
  const onSisa = min_sisa !== undefined || max_sisa !== undefined;
  const onSerapan = min_serapan !== undefined || max_serapan !== undefined;
  if (!onSisa && !onSerapan) return undefined;
  return (pagu, realisasi) => {
    // In sen: 0.3 − 0.1 is not quite 0.2 for a computer.
    const sisa = toSen(pagu - realisasi);
    if (onSisa && !(sisa >= (min_sisa ?? -Infinity) && sisa <= (max_sisa ?? Infinity))) return false;
    if (!onSerapan) return true;
    const serapan = serapanOf(pagu, realisasi);
    return serapan !== null && serapan >= (min_serapan ?? -Infinity) && serapan <= (max_serapan ?? Infinity);
  };
}

/** Positions of the page asked for, ranked by `keyOf`; positions without a key are left out, equals keep their order. */
export function rankedPage(
  count: number,
  keyOf: (position: number) => number | null,
  ranking: { descending: boolean; limit: number; offset: number },
): number[] {
  const sign = ranking.descending ? -1 : 1;
  const wanted = ranking.offset + ranking.limit;
  const positions: number[] = [];
  const keys: number[] = [];
  for (let position = 0; position < count; position++) {
    const key = keyOf(position);
    if (key === null) continue;
    if (wanted > MOST_INSERTED) {
      positions.push(position);
      keys[position] = sign * key;
    } else {
      insertRanked(positions, keys, position, sign * key, wanted);
    }
  }
  if (wanted > MOST_INSERTED) positions.sort((a, b) => keys[a]! - keys[b]!);
  return positions.slice(ranking.offset, wanted);
}

/** Above this a page far down the list is cheaper to find by sorting everything. */
const MOST_INSERTED = 500;

/** Keeps the `wanted` positions with the smallest keys, in order: far cheaper than sorting all for a first page. */
function insertRanked(positions: number[], keys: number[], position: number, key: number, wanted: number): void {
  if (positions.length === wanted && key >= keys[wanted - 1]!) return;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  positions.splice(low, 0, position);
  keys.splice(low, 0, key);
  if (positions.length > wanted) {
    positions.pop();
    keys.pop();
  }
}

/** What a row or account is ranked by, and whether the largest come first. */
export function rankingOf(
  ranking: BudgetRanking,
  pagu: (position: number) => number,
  realisasi: (position: number) => number,
): { keyOf: (position: number) => number | null; descending: boolean } {
  const descending = ranking.sort ? ranking.order !== 'asc' : ranking.order === 'desc';
  switch (ranking.sort) {
    case 'pagu':
      return { keyOf: pagu, descending };
    case 'realisasi':
      return { keyOf: realisasi, descending };
    case 'sisa':
      return { keyOf: (position) => pagu(position) - realisasi(position), descending };
    case 'serapan':
      return { keyOf: (position) => serapanOf(pagu(position), realisasi(position)), descending };
    default:
      return { keyOf: (position) => position, descending };
  }
}
