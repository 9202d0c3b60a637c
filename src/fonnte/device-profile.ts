import type { DeviceStatus } from '../events.ts';
import { MONTH_NUMBERS } from '../indonesian-months.ts';

/** What FONNTE's `/device` says of our device and its package. */
export interface DeviceProfile {
  status: DeviceStatus;
  /** Messages that may still be sent; null where FONNTE names no number. */
  quota: number | null;
  /** When the package ends, ms since the epoch; null where it doesn't, or where the date can't be read. */
  expiresAt: number | null;
}

/** Reads an answer of `/device`: keys in lower case, numbers often as text. @see https://docs.fonnte.com/api-device-profile/ */
export function parseProfile(answer: Record<string, unknown>): DeviceProfile {
  const status = String(answer.device_status).toLowerCase();
  return {
    status: status === 'connect' || status === 'disconnect' ? status : 'unknown',
    quota: /^\d+$/.test(String(answer.quota)) ? Number(answer.quota) : null,
    expiresAt: readDate(String(answer.expired ?? '').trim()),
  };
}

/** Reads `18 November 2029`, `18 Mei 2029`, `2029-11-18` or Unix seconds. @returns null for anything else */
function readDate(text: string): number | null {
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  if (!/\d{4}/.test(text)) return null;
  // `Date` reads English month names only.
  const english = text.replace(
    /[a-z]{3,}/i,
    (name) => ENGLISH_MONTHS[(MONTH_NUMBERS.get(name.toLowerCase()) ?? 0) - 1] ?? name,
  );
  const at = Date.parse(english);
  return Number.isNaN(at) ? null : at;
}

const ENGLISH_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
