import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** The parts of a webhook call that authenticate it. */
export interface Credentials {
  /** Candidates from `?secret=`, the header `x-webhook-secret` and the body field `secret`; other types are ignored. */
  secrets: readonly unknown[];
  /** The header `x-fonnte-signature`. */
  signature: string | undefined;
  rawBody: Buffer;
}

/** Creates a constant-time comparison with `secret`. Both sides are hashed, so that timing leaks neither content nor length. */
export function createComparison(secret: string): (given: string) => boolean {
  const expected = toDigest(secret);
  return (given) => timingSafeEqual(toDigest(given), expected);
}

/**
 * Returns the keys that the query `?secret=…` of a call may contain. FONNTE sends the URL as an operator typed it: the key's
 * own `+` is not a space, its `%` need not begin an escape, and its `&` does not end it. An encoded key is decoded.
 */
export function parseQuerySecrets(url: string): string[] {
  const written = /[?&]secret=(.*)$/s.exec(url)?.[1] ?? '';
  const [untilAmpersand = ''] = written.split('&', 1);
  const candidates = [untilAmpersand, written].flatMap((text) => [
    text,
    decodePercent(text),
    decodePercent(text.replaceAll('+', ' ')),
  ]);
  return [...new Set(candidates)];
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function toDigest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/**
 * Creates the check of webhook calls: a call must carry one of `keys`, or a signature made with one (hex HMAC-SHA256 of the
 * raw body, optionally prefixed with `sha256=`). A wrong signature always fails. Without keys every call passes. All keys are
 * compared, so that timing does not show which one matches.
 */
export function createWebhookAuthenticator(keys: readonly string[]): (credentials: Credentials) => boolean {
  if (keys.length === 0) return () => true;
  const comparisons = keys.map(createComparison);
  return ({ signature, secrets, rawBody }) => {
    if (signature !== undefined) {
      const given = signature
        .trim()
        .toLowerCase()
        .replace(/^sha256=/, '');
      const expected = keys.map((key) => createHmac('sha256', key).update(rawBody).digest('hex'));
      return isAnyTrue(expected.map((hex) => createComparison(hex)(given)));
    }
    const given = secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '');
    return isAnyTrue(given.flatMap((secret) => comparisons.map((isEqual) => isEqual(secret))));
  };
}

/** Unlike `some` on the comparisons, all results exist before they are combined. */
function isAnyTrue(results: readonly boolean[]): boolean {
  return results.includes(true);
}

/** Creates the look-up of admin keys. @returns the admin's name, or null when the key is missing or unknown */
export function createAdminAuthenticator(
  admins: readonly { name: string; key: string }[],
): (given: string | undefined) => string | null {
  const comparisons = admins.map(({ name, key }) => ({ name, isEqual: createComparison(key) }));
  return (given) => {
    if (!given) return null;
    const matches = comparisons.map(({ name, isEqual }) => (isEqual(given) ? name : null));
    return matches.find((name) => name !== null) ?? null;
  };
}
