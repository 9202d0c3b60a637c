import { formatNumber } from '../supabase/rupiah.ts';
import type { Measure } from './chart.ts';

const SCALES = [
  { from: 1e12, name: 'triliun', short: 'T' },
  { from: 1e9, name: 'miliar', short: 'M' },
  { from: 1e6, name: 'juta', short: 'jt' },
  { from: 1e3, name: 'ribu', short: 'rb' },
] as const;

/** Formats an amount for a label: «Rp1,25 miliar», «-Rp350 juta», «Rp950». */
export function formatShortRupiah(rupiah: number): string {
  const { number, scale } = scaled(rupiah);
  return `${rupiah < 0 && number !== '0' ? '-' : ''}Rp${number}${scale ? ` ${scale.name}` : ''}`;
}

/** Formats an amount for an axis: «1,5 M», «-350 jt», «0». */
export function formatAxisAmount(rupiah: number): string {
  const { number, scale } = scaled(rupiah);
  return `${rupiah < 0 && number !== '0' ? '-' : ''}${number}${scale ? ` ${scale.short}` : ''}`;
}

/** Three significant digits, but all digits before the comma. */
function scaled(rupiah: number) {
  const size = Math.abs(rupiah);
  // An amount that rounds to the next unit is written in it: 999.999.999 is «1 miliar».
  const scale = SCALES.find(({ from }) => size >= from * 0.9995);
  const value = scale ? size / scale.from : size;
  return { number: formatNumber(value, value >= 100 ? 0 : value >= 10 ? 1 : 2), scale };
}

/** Formats a percentage with one decimal. */
export const formatShare = (percent: number): string => `${formatNumber(percent, 1)}%`;

/** Formats the value of a bar; null: a share of pagu 0. */
export function formatValue(value: number | null, measure: Measure): string {
  if (value === null) return 'tanpa pagu';
  if (measure === 'serapan') return formatShare(value);
  return measure === 'kegiatan' ? formatNumber(value, 0) : formatShortRupiah(value);
}
