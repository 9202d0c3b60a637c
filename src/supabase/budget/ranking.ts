import type { Sums } from '../reports/report.ts';
import { toSen } from '../rupiah.ts';
import { type Amounts, serapanOf } from './amounts.ts';

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

/** Whether sisa and serapan are within the bounds; a row without pagu is within no bounds of serapan. */
export function isWithinBounds(sums: Sums, bounds: BudgetRanking): boolean {
  // Rounded to sen: in binary floating point 0.3 − 0.1 is not 0.2.
  const sisa = toSen(sums.pagu - sums.realisasi);
  return (
    isBetween(sisa, bounds.min_sisa, bounds.max_sisa) &&
    isBetween(serapanOf(sums), bounds.min_serapan, bounds.max_serapan)
  );
}

function isBetween(value: number | null, min: number | undefined, max: number | undefined): boolean {
  if (min === undefined && max === undefined) return true;
  return value !== null && value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

/** Sorts the rows and returns the requested page; rows without pagu have no rank by serapan. */
export function rankPage<Row extends Sums>(
  rows: readonly Row[],
  { sort, order, offset, limit }: BudgetRanking,
): { page: Row[]; ranked: number } {
  const ranked = sort === 'serapan' ? rows.filter(({ pagu }) => pagu !== 0) : rows;
  const sign = order === 'asc' ? 1 : -1;
  const inOrder = order === 'desc' ? ranked.toReversed() : ranked;
  const sorted = sort ? ranked.toSorted((a, b) => sign * (rankOf(a, sort) - rankOf(b, sort))) : inOrder;
  return { page: sorted.slice(offset, offset + limit), ranked: ranked.length };
}

function rankOf(sums: Sums, sort: (typeof SORTS)[number]): number {
  if (sort === 'serapan') return serapanOf(sums) ?? 0;
  return sort === 'sisa' ? sums.pagu - sums.realisasi : sums[sort];
}
