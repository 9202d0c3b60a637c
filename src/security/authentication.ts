import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** What a webhook call brings to show that it is FONNTE's. */
export interface Credentials {
  /** From `?secret=`, the header `x-webhook-secret` and the body field `secret`; whatever is there. */
  secrets: readonly unknown[];
  /** The header `x-fonnte-signature`, where present. */
  signature: string | undefined;
  rawBody: Buffer;
}

/** Compares texts with one that is kept, in a time that says nothing about where they differ or how long they are. */
export function createComparison(wanted: string): (given: string) => boolean {
  const wantedDigest = digest(wanted);
  return (given) => timingSafeEqual(digest(given), wantedDigest);
}

/** Of one length, whatever the text's. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/**
 * Whether a call carries one of our keys, or a signature made with one. A signature that is present and wrong fails
 * whatever else is right. Without keys every call passes. Every key is compared, whichever fits.
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
      const wanted = keys.map((key) => createHmac('sha256', key).update(rawBody).digest('hex'));
      return anyOf(wanted.map((hex) => createComparison(hex)(given)));
    }
    const given = secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '');
    return anyOf(given.flatMap((secret) => comparisons.map((isEqual) => isEqual(secret))));
  };
}

function anyOf(results: readonly boolean[]): boolean {
  return results.reduce((found, result) => found || result, false);
}

/** Tells whose key this is: the admin's name; null where it is nobody's. */
export function createAdminAuthenticator(
  admins: readonly { name: string; key: string }[],
): (given: string | undefined) => string | null {
  const comparisons = admins.map(({ name, key }) => ({ name, isEqual: createComparison(key) }));
  return (given) => {
    if (!given) return null;
    const fitting = comparisons.map(({ name, isEqual }) => (isEqual(given) ? name : null));
    return fitting.find((name) => name !== null) ?? null;
  };
}
