import type { DeviceStatus } from '../events.ts';
import { MONTH_NUMBERS } from '../indonesian-months.ts';

/** Our device and its FONNTE package, from the device endpoint. */
export interface DeviceProfile {
  status: DeviceStatus;
  /** Remaining messages; null when FONNTE gives no number. */
  quota: number | null;
  /** End of the package, ms since the epoch; null without an end or if the date cannot be parsed. */
  expiresAt: number | null;
  /** The device's own phone number as FONNTE writes it; null if it is missing. */
  device: string | null;
  /** Name of the package, such as `Super`; null if it is missing. */
  packageName: string | null;
  /** Settings that FONNTE documents only for another endpoint; null where the response does not have them. */
  autoread: boolean | null;
  webhookUrl: string | null;
}

/** Parses a response of the device endpoint (keys in lower case; numbers often as text). @see https://docs.fonnte.com/api-device-profile/ */
export function parseProfile(response: Record<string, unknown>): DeviceProfile {
  const status = String(response.device_status).toLowerCase();
  return {
    status: status === 'connect' || status === 'disconnect' ? status : 'unknown',
    quota: /^\d+$/.test(String(response.quota)) ? Number(response.quota) : null,
    expiresAt: parseDate(String(response.expired ?? '').trim()),
    device: parseText(response.device),
    packageName: parseText(response.package),
    autoread: parseSwitch(response.autoread),
    webhookUrl: parseText(response.webhook),
  };
}

function parseText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function parseSwitch(value: unknown): boolean | null {
  const text = String(value ?? '').toLowerCase();
  if (text === 'on' || text === 'true') return true;
  return text === 'off' || text === 'false' ? false : null;
}

/** Parses `18 November 2029`, `18 Mei 2029`, `2029-11-18` or Unix seconds. @returns null for anything else */
function parseDate(text: string): number | null {
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  if (!/\d{4}/.test(text)) return null;
  // `Date` parses English month names only.
  const english = text.replace(
    /[a-z]{3,}/i,
    (name) => ENGLISH_MONTHS[(MONTH_NUMBERS.get(name.toLowerCase()) ?? 0) - 1] ?? name,
  );
  const at = Date.parse(english);
  return Number.isNaN(at) ? null : at;
}

const ENGLISH_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
