const SIX_DIGITS = /^\d{6}$/;
const DOT = 46;

/**
 * Parses the account («akun», six digits) of a dotted SAKTI code: segment 7; if that is not six digits, the last six-digit
 * segment before the item (the last segment); otherwise the last segment.
 */
export function parseAccount(kode: string): string {
  const at = indexOfAccountSegment(kode);
  if (at >= 0) return kode.slice(at, at + 6);
  const segments = kode.split('.');
  const item = segments.pop() ?? kode;
  return segments.findLast((segment) => SIX_DIGITS.test(segment)) ?? item;
}

/**
 * @returns the index of segment 7 if it has six digits, otherwise -1
 * Runs for every row of a report, so it avoids substrings and regular expressions.
 */
function indexOfAccountSegment(kode: string): number {
  let at = 0;
  for (let dots = 0; dots < 6; at++) {
    if (at === kode.length) return -1;
    if (kode.charCodeAt(at) === DOT) dots++;
  }
  for (let digit = at; digit < at + 6; digit++) {
    const code = kode.charCodeAt(digit);
    if (!(code >= 48 && code <= 57)) return -1;
  }
  return kode.length === at + 6 || kode.charCodeAt(at + 6) === DOT ? at : -1;
}
