const ENGLISH = /^\d{1,3}(,\d{3})+(\.\d+)?$/;
const INDONESIAN = /^\d{1,3}(\.\d{3})+(,\d+)?$/;
const PLAIN = /^(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^\d+,\d+$/;
/** «1,234» may be 1.234 or 1234: nobody can tell. */
const AMBIGUOUS = /^[1-9]\d{0,2},\d{3}$/;

/**
 * Reads an amount as SAKTI, SAPA or a model may write it: 1234567, "1.234.567,89", "Rp 1.234.567", "(1.500)", "45,3%".
 * Undefined for what is no finite number or could be read in two ways; a dot before exactly three digits groups thousands.
 */
export function parseAmount(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 60) return undefined;
  let text = value.replace(/\s+/g, '').replace(/\u2212/g, '-');
  const inParentheses = /^\((.*)\)$/.exec(text)?.[1];
  text = (inParentheses ?? text).replace(/%$/, '');
  const [, before = '', after = '', digits = ''] = /^([+-]?)(?:rp\.?|idr)?([+-]?)(.*)$/i.exec(text) ?? [];
  if (before && after) return undefined;
  const amount = unsigned(digits);
  if (amount === undefined || !Number.isFinite(amount)) return undefined;
  const negative = inParentheses !== undefined || before === '-' || after === '-';
  return negative && amount !== 0 ? -amount : amount;
}

function unsigned(text: string): number | undefined {
  if (AMBIGUOUS.test(text)) return undefined;
  if (INDONESIAN.test(text)) {
    // «0.125» is a decimal: no thousand starts with a zero.
    return text.startsWith('0') && !text.includes(',')
      ? Number(text)
      : Number(text.replaceAll('.', '').replace(',', '.'));
  }
  if (DECIMAL_COMMA.test(text)) return Number(text.replace(',', '.'));
  if (ENGLISH.test(text)) return Number(text.replaceAll(',', ''));
  return PLAIN.test(text) ? Number(text) : undefined;
}

/** A number in Indonesian notation, with at most `decimals` decimals: 1234567.5 → «1.234.567,5». */
export function formatNumber(value: number, decimals = 2): string {
  let formatter = formatters.get(decimals);
  if (!formatter) {
    formatter = new Intl.NumberFormat('id-ID', { maximumFractionDigits: decimals });
    formatters.set(decimals, formatter);
  }
  return formatter.format(value).replace(/^-0$/, '0');
}

/** By their decimals: making one takes a hundred times as long as using it. */
const formatters = new Map<number, Intl.NumberFormat>();

/** An amount in rupiah as users read it: `Rp1.234.567`, `-Rp500`; sen only where there are any. */
export function formatRupiah(rupiah: number): string {
  const text = formatNumber(Math.abs(rupiah));
  return rupiah < 0 && text !== '0' ? `-Rp${text}` : `Rp${text}`;
}

/** Rounds rupiah to sen, so that sums of many amounts show no trace of binary fractions. */
export function toSen(rupiah: number): number {
  return rounded(rupiah, 100);
}

/** Rounds a percentage to four decimals: enough that rounding it again to one or two gives what the exact value would. */
export function toPercent(percent: number): number {
  return rounded(percent, 10_000);
}

function rounded(value: number, scale: number): number {
  const scaled = Math.round(value * scale);
  // Beyond 2^53 a double has no fraction left to round.
  return Number.isSafeInteger(scaled) ? scaled / scale || 0 : value;
}
