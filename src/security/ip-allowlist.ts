import { isIP } from 'node:net';
import { compile } from '@fastify/proxy-addr';

const RANGE_NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);

/**
 * Compiles a list of addresses, CIDR blocks and names of private ranges (`loopback`, `linklocal`, `uniquelocal`); IPv4
 * written as IPv6 (`::ffff:1.2.3.4`) matches too. An empty list allows every address.
 * @throws TypeError or RangeError for an invalid entry
 */
export function createIpAllowlist(entries: readonly string[]): (address: string) => boolean {
  if (entries.length === 0) return () => true;
  for (const entry of entries) {
    // The compiler also reads short forms such as `1.2.3` (1.2.0.3), which are typing mistakes here.
    if (!RANGE_NAMES.has(entry) && isIP(entry.split('/')[0] ?? '') === 0)
      throw new TypeError(`${entry} is not an address`);
  }
  const isListed = compile([...entries]);
  return (address) => isListed(address, 0);
}
