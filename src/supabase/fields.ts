import { parseAmount } from './rupiah.ts';

/** An amount that is not filled in is zero; one that can't be read is undefined. */
export function amountOrZero(value: unknown): number | undefined {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'string' && /^[\s-]*$/.test(value)) return 0;
  return parseAmount(value);
}

/** The text of a field, trimmed; null where there is none. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() || null : null;
}
