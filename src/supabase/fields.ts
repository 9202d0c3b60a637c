import { parseAmount } from './rupiah.ts';

/** Parses an amount; an empty field is zero. @returns undefined when the value is not an amount */
export function amountOrZero(value: unknown): number | undefined {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'string' && /^[\s-]*$/.test(value)) return 0;
  return parseAmount(value);
}

/** The trimmed text of a field. @returns null when it is empty or not a text or number */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() || null : null;
}
