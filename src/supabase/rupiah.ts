import { parseNumeral } from './numerals.ts';

/** «1.5e+06» and «1,5E+06»: a number with an exponent has no thousands. */
const SCIENTIFIC = /^(?:\d*[.,])?\d+e[+-]?\d+$|^\.\d+$/i;
/** «1,234» may mean 1.234 or 1234. */
const AMBIGUOUS = /^[1-9]\d{0,2},\d{3}$/;

const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;
/** The end of «1.500.000,-» and «1.500.000,=», which mean «no sen». */
const NO_SEN = /(?<=\d)[.,](?:-{1,2}|=)$/;
/** Currency before parentheses: «Rp(1.500)». */
const PARENTHESES = /^(rp\.?|idr)?\((.*)\)$/i;
const SIGNED = /^([+-]?)(?:rp\.?|idr)?([+-]?)(.*?)(-?)$/i;
/** Maximum length of an amount, in characters. */
const MAX_AMOUNT_LENGTH = 60;

/**
 * Parses an amount in the notations of SAKTI, SAPA, spreadsheets and the models: 1234567, "1.234.567,89", "Rp 1.234.567",
 * "1.500.000,-", "45,3%", "1,5E+06"; negative: "-1.500", "1.500,00-", "(1.500)", "Rp(1.500)". A dot before exactly three
 * digits groups thousands.
 * @returns undefined when the value is not a finite number or is ambiguous
 */
export function parseAmount(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > MAX_AMOUNT_LENGTH) return undefined;
  const compact = compactAmount(value);
  const [, currency = '', inner] = PARENTHESES.exec(compact) ?? [];
  const text = (inner === undefined ? compact : currency + inner).replace(/%$/, '').replace(NO_SEN, '');
  const [, before = '', after = '', digits = '', trailing = ''] = SIGNED.exec(text) ?? [];
  const signs = before + after + trailing;
  if (signs.length > 1) return undefined;
  const amount = parseUnsigned(digits);
  if (amount === undefined || !Number.isFinite(amount)) return undefined;
  const negative = inner !== undefined || signs === '-';
  return negative && amount !== 0 ? -amount : amount;
}

/** Removes spaces and invisible characters from an amount and converts every dash to a hyphen. */
export function compactAmount(text: string): string {
  return text.replace(/[\s\p{Cf}]+/gu, '').replace(DASHES, '-');
}

function parseUnsigned(text: string): number | undefined {
  if (AMBIGUOUS.test(text)) return undefined;
  return SCIENTIFIC.test(text) ? Number(text.replace(',', '.')) : parseNumeral(text)?.value;
}

/** Formats a number in Indonesian notation, with at most `decimals` decimals: 1234567.5 → «1.234.567,5». */
export function formatNumber(value: number, decimals = 2): string {
  let formatter = formatters.get(decimals);
  if (!formatter) {
    formatter = new Intl.NumberFormat('id-ID', { maximumFractionDigits: decimals });
    formatters.set(decimals, formatter);
  }
  return formatter.format(value).replace(/^-0$/, '0');
}

/** By number of decimals. Cached, because creating a formatter takes a hundred times as long as using it. */
const formatters = new Map<number, Intl.NumberFormat>();

/** Formats rupiah for users: `Rp1.234.567`, `-Rp500`; with sen only if there are any. */
export function formatRupiah(rupiah: number): string {
  const text = formatNumber(Math.abs(rupiah));
  return rupiah < 0 && text !== '0' ? `-Rp${text}` : `Rp${text}`;
}

/** Rounds rupiah to sen, so that sums have no binary rounding errors. */
export function toSen(rupiah: number): number {
  return roundTo(rupiah, 100);
}

/** Rounds a percentage to four decimals: rounding again to one or two gives the same as the exact value. */
export function toPercent(percent: number): number {
  return roundTo(percent, 10_000);
}

function roundTo(value: number, scale: number): number {
  const scaled = Math.round(value * scale);
  // Beyond 2^53 a double has no fraction left to round.
  return Number.isSafeInteger(scaled) ? scaled / scale || 0 : value;
}
