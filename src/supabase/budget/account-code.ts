const SEVENTH_SEGMENT = /^(?:[^.]*\.){6}(\d{6})(?:\.|$)/;
const SIX_DIGITS = /^\d{6}$/;

/**
 * Parses the account («akun», six digits) of a dotted SAKTI code: segment 7; if that is not six digits, the last six-digit
 * segment before the item (the last segment); otherwise the last segment.
 */
export function parseAccount(kode: string): string {
  const account = SEVENTH_SEGMENT.exec(kode)?.[1];
  if (account !== undefined) return account;
  const segments = kode.split('.');
  const item = segments.pop() ?? kode;
  return segments.findLast((segment) => SIX_DIGITS.test(segment)) ?? item;
}
