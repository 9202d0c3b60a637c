import { parseAdminKeys, parseDevices, parseList } from '../../src/config/schema.ts';
import { maskPhone } from '../../src/phone.ts';
import { stripInvisible } from '../../src/security/untrusted-text.ts';

/** Variables whose values must never be printed; other names that look like one are added. */
const SECRET_NAME = /TOKEN|SECRET|PASSWORD|_KEY$|^DATABASE_|^ALERT_WEBHOOK_URL$/;
/** Shorter values occur in ordinary words, ms or counts. */
const MIN_SECRET_LENGTH = 6;
/** Longest text of a finding, characters. */
const MAX_TEXT_LENGTH = 600;
/** The id of an account, whose parts may look like numbers. */
const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/;
/** Digits of a phone number, also with separators. */
const PHONE = /(?<!\w)(?:\+?\d{8,15}(?!\w)|(?:\+?62|0)[\s.-]?8[\d\s.-]{6,13}\d)/;
const UUID_OR_PHONE = new RegExp(`(${UUID.source})|${PHONE.source}`, 'g');

/**
 * Creates the filter of every printed text: removes control and invisible characters (an upstream could write to the
 * terminal), the values of secrets, and the middle of phone numbers.
 */
export function createRedactor(given: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = Object.entries(given)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => [
      value,
      ...parseList(value),
      ...parseAdminKeys({ ADMIN_API_KEY: value }).map(({ key }) => key),
      ...parseDevices({ FONNTE_TOKEN: value }).map(({ token }) => token),
    ])
    .filter((value) => value.length >= MIN_SECRET_LENGTH)
    // A longer secret may contain a shorter one.
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = stripInvisible(text)
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
    for (const secret of secrets)
      clean = clean.replaceAll(secret, '[rahasia]').replaceAll(encodeURIComponent(secret), '[rahasia]');
    clean = clean.replace(UUID_OR_PHONE, (found, uuid) => uuid ?? maskPhone(found.replace(/\D/g, '')));
    return clean.length > MAX_TEXT_LENGTH ? `${clean.slice(0, MAX_TEXT_LENGTH)}…` : clean;
  };
}
