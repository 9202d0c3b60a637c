import { compactAmount, parseAmount } from './rupiah.ts';

/** What spreadsheets show for zero: nothing, «-», «Rp -», «Rp-,00» or «nihil». */
const ZERO = /^(?:(?:rp\.?|idr)?-+(?:,(?:-+|0+))?|nihil|nil|nol)?$/i;

/** Parses the amount of a field or cell; an empty one is zero. @returns undefined when the value is not an amount */
export function parseAmountOrZero(value: unknown): number | undefined {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'string' && ZERO.test(compactAmount(value))) return 0;
  return parseAmount(value);
}

/** The trimmed text of a field. @returns null when it is empty or not a text or number */
export function parseText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.trim() || null : null;
}
