import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';

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
export function createGenuineCheck(keys: readonly string[]): (credentials: Credentials) => boolean {
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
export function createAdminCheck(
  admins: readonly { name: string; key: string }[],
): (given: string | undefined) => string | null {
  const comparisons = admins.map(({ name, key }) => ({ name, isEqual: createComparison(key) }));
  return (given) => {
    if (!given) return null;
    const fitting = comparisons.map(({ name, isEqual }) => (isEqual(given) ? name : null));
    return fitting.find((name) => name !== null) ?? null;
  };
}

/**
 * A check of addresses against single ones and CIDR blocks, IPv4 written as IPv6 (`::ffff:1.2.3.4`) included.
 * An empty list allows everybody. @throws RangeError for an entry that is neither
 */
export function createAddressCheck(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return (address) => {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [written = '', prefix, ...more] = entry.split('/');
  const address = plainAddress(written);
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0 || more.length > 0) throw new RangeError(`${entry} is no address`);
  if (prefix === undefined) {
    list.addAddress(address, family);
    return;
  }
  const mapped = address !== written;
  const bits = Number(prefix) - (mapped ? 96 : 0);
  if (!/^\d{1,3}$/.test(prefix) || bits < 0 || bits > (family === 'ipv6' ? 128 : 32)) {
    throw new RangeError(`${entry} is no CIDR block`);
  }
  list.addSubnet(address, bits, family);
}

/** `::ffff:1.2.3.4` as `1.2.3.4`, a zone (`%eth0`) dropped; anything else as it is. */
function plainAddress(address: string): string {
  const bare = address.split('%')[0] ?? address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}
