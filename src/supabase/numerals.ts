/** A number written in digits. */
export interface Numeral {
  value: number;
  /** Digits after the decimal separator. */
  decimals: number;
}

/** What a separator before exactly three digits does where it could be either: `1.234`, `1,234`. */
interface SeparatorRoles {
  dot: 'groups' | 'decimals';
  comma: 'groups' | 'decimals';
}

const INDONESIAN_ROLES: SeparatorRoles = { dot: 'groups', comma: 'decimals' };
const THREE_DIGITS = /^[1-9]\d{0,2}([.,])\d{3}$/;
/** Groups of three digits; thousands do not start with a zero. */
const INDONESIAN = /^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$/;
const ENGLISH = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
const UNGROUPED = /^\d+(?:[.,]\d+)?$/;

/**
 * Parses digits with Indonesian or English separators: `1.234.567,89`, `1,234,567.89`, `1234567`, `45,3`, `0.125`.
 * @returns undefined if the separators are invalid, or if there is a sign or a unit
 */
export function parseNumeral(text: string, roles: SeparatorRoles = INDONESIAN_ROLES): Numeral | undefined {
  const separator = THREE_DIGITS.exec(text)?.[1];
  const isDecimal = separator !== undefined && (separator === '.' ? roles.dot : roles.comma) === 'decimals';
  if (!isDecimal && INDONESIAN.test(text)) return toNumeral(text.replaceAll('.', '').replace(',', '.'));
  if (!isDecimal && ENGLISH.test(text)) return toNumeral(text.replaceAll(',', ''));
  return UNGROUPED.test(text) ? toNumeral(text.replace(',', '.')) : undefined;
}

function toNumeral(decimal: string): Numeral {
  const point = decimal.indexOf('.');
  return { value: Number(decimal), decimals: point < 0 ? 0 : decimal.length - point - 1 };
}
