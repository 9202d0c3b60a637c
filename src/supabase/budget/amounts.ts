import { AMOUNTS, type Sums } from '../reports/report.ts';
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

/** Realization as a share of pagu in percent, not rounded. @returns null when pagu is 0 */
export function serapanOf({ pagu, realisasi }: Pick<Sums, 'pagu' | 'realisasi'>): number | null {
  return pagu === 0 ? null : (realisasi * 100) / pagu;
}

/** Adds up the amounts of rows, in rupiah. */
export function sumAmounts(rows: readonly Sums[]): Sums {
  const sums = { pagu: 0, lock_pagu: 0, realisasi_periode_lalu: 0, realisasi_periode_ini: 0, realisasi: 0 };
  for (const row of rows) for (const name of AMOUNTS) sums[name] += row[name];
  return sums;
}

/** Computes the amounts of a result, rounded to sen and to four decimals of a percent. */
export function computeAmounts(sums: Sums, commitment: Commitment): Amounts {
  const serapan = serapanOf(sums);
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
