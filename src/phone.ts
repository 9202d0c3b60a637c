/** Any dash: a number copied from a page carries typographic ones. */
const SEPARATORS = /[\s.\p{Dash_Punctuation}()]/gu;
/** Indonesian mobile prefixes; a number that starts so and has no 0 or 62 in front was typed without either. */
const MOBILE_WITHOUT_PREFIX = /^8[1235789]\d{7,10}$/;

/**
 * The one rule for phone numbers: any usual way of writing one, as digits in international form (`628123456789`),
 * 8 to 15 of them (E.164), or null where it is no number.
 */
export function normalizePhone(raw: unknown): string | null {
  if (typeof raw !== 'string' && typeof raw !== 'number') return null;
  const written = String(raw);
  if (written.length > 64) return null;
  const digits = written.replace(SEPARATORS, '').replace(/^\+/, '');
  if (!/^\d+$/.test(digits)) return null;
  const international = digits.startsWith('0')
    ? `62${digits.slice(1)}`
    : MOBILE_WITHOUT_PREFIX.test(digits)
      ? `62${digits}`
      : digits;
  return /^\d{8,15}$/.test(international) ? international : null;
}

/** A number as it may appear in logs, metrics and events: `62812****6789`; at least three digits stay hidden. */
export function maskPhone(phone: string): string {
  const shown = Math.min(5, Math.max(0, phone.length - 7));
  return `${phone.slice(0, shown)}****${phone.slice(-4)}`;
}
