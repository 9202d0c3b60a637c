/** A phone number in international form. The compiler rejects the key of a conversation (src/conversation-key.ts). */
export type PhoneNumber = string & { readonly brand?: never };

/** Longest written form that is read, in UTF-16 units; a longer text is not a phone number. */
export const MAX_PHONE_LENGTH = 64;

/** Full-width forms of ASCII, as Asian keyboards produce them. */
const FULL_WIDTH = /[\uff01-\uff5e]/g;
/** Difference between the code units of a full-width character and its ASCII form. */
export const FULL_WIDTH_OFFSET = 0xfee0;
/** A spreadsheet marks a number as text with an apostrophe; a link has its scheme in front. */
const LEADING_MARK = /^['\u2018\u2019]?\s*(?:tel:)?/i;
/** A number that a spreadsheet stored as a decimal; a number with other dots uses them as separators. */
const SPREADSHEET_DECIMAL = /^([^.]*)\.00?$/;
/** Includes every typographic dash and the minus sign. */
const SEPARATORS = /[\s.\p{Dash_Punctuation}\u2212()]/gu;
const FORMAT_CHARACTERS = /\p{Cf}/gu;
const INTERNATIONAL = /^[1-9]\d{7,14}$/;
/** An Indonesian mobile number without its leading 0 or 62. */
const MOBILE_WITHOUT_PREFIX = /^8[1235789]\d{7,10}$/;
/** WhatsApp's address of a phone number, optionally with the agent and number of a linked device (`628….1:12@s.whatsapp.net`). */
const WHATSAPP_SUFFIX = /(?:[._]\d{1,2}(?=[:@]))?(?::\d+)?(?:@(?:s\.whatsapp\.net|c\.us))?$/i;

/**
 * Parses a phone number that a person wrote (SAPA's column, URL paths, configuration).
 * A mobile number without prefix (812…) is Indonesian.
 * @returns 8 to 15 digits in international form (`628123456789`), or null when it is not a phone number
 */
export function normalizePhone(written: unknown): string | null {
  const digits = parseInternational(written);
  if (digits === null) return null;
  return checkLength(MOBILE_WITHOUT_PREFIX.test(digits) ? `62${digits}` : digits);
}

/**
 * Parses the `sender` or `device` of a webhook call, which is already international: 85261234567 is Hong Kong.
 * Removes WhatsApp's own suffixes; any other `@…` is not a phone number.
 * @returns 8 to 15 digits in international form, or null when it is not a phone number
 */
export function normalizeSender(sender: unknown): string | null {
  const digits = parseInternational(typeof sender === 'string' ? stripWhatsAppSuffix(sender) : sender);
  return digits === null ? null : checkLength(digits);
}

/** Removes `@s.whatsapp.net`, `@c.us` and the linked device (`:12`, `.1:12`) from the end of a sender. */
export function stripWhatsAppSuffix(sender: string): string {
  return sender.length > MAX_PHONE_LENGTH ? sender : sender.trim().replace(WHATSAPP_SUFFIX, '');
}

/** Reads the digits of a number and applies its prefixes: `00` is international, `0` and `620` are Indonesian. */
function parseInternational(written: unknown): string | null {
  const digits = parseDigits(written);
  if (digits === null) return null;
  return digits.replace(/^00/, '').replace(/^0/, '62').replace(/^620+/, '62');
}

/** Returns the digits as written, without separators and marks; null when anything else is left. */
function parseDigits(written: unknown): string | null {
  if (typeof written === 'number') return Number.isSafeInteger(written) && written > 0 ? String(written) : null;
  if (typeof written !== 'string' || written.length > MAX_PHONE_LENGTH) return null;
  const digits = written
    .replace(FORMAT_CHARACTERS, '')
    .replace(FULL_WIDTH, (character) => String.fromCharCode(character.charCodeAt(0) - FULL_WIDTH_OFFSET))
    .trim()
    .replace(LEADING_MARK, '')
    .trim()
    .replace(SPREADSHEET_DECIMAL, '$1')
    .replace(SEPARATORS, '')
    .replace(/^\+/, '');
  return /^\d+$/.test(digits) ? digits : null;
}

function checkLength(digits: string): string | null {
  return INTERNATIONAL.test(digits) ? digits : null;
}

/** Masks a number for logs, metrics and events: `62812****6789`; at least three digits stay hidden. */
export function maskPhone(phone: string): string {
  const shown = Math.min(5, Math.max(0, phone.length - 7));
  return `${phone.slice(0, shown)}****${phone.slice(-4)}`;
}
