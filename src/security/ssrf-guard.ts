import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type Connector, createConnector } from '../upstream/http-client.ts';

/** The only block of IPv6 that is allocated for the public internet; `range` also calls addresses outside of it unicast. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether `address` is an IP address on the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6));
}

/** The target of a connection is not a public address. */
export class AddressRejectedError extends Error {
  constructor() {
    super('the address is not public');
  }
}

/**
 * Creates a connector for the HTTP client that connects to public addresses only, unless `mayBePrivate`. It checks the
 * addresses that the connection uses, so that a second DNS answer cannot differ from the checked one.
 * @throws AddressRejectedError
 */
export function createGuardedConnector(options: {
  mayBePrivate(url: URL): boolean;
  lookup: LookupFunction;
  timeoutMs: number;
}): Connector {
  const { timeoutMs, lookup } = options;
  const open = createConnector({ timeoutMs, lookup });
  const publicOnly = createConnector({ timeoutMs, lookup: createPublicLookup(lookup) });
  return (target, done) => {
    if (options.mayBePrivate(new URL(`${target.protocol}//${target.host ?? target.hostname}`)))
      return open(target, done);
    // A literal address is not looked up.
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) return done(new AddressRejectedError(), null);
    return publicOnly(target, done);
  };
}

/** Rejects a name if one of its addresses is not public. */
function createPublicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, done) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const addresses = found as LookupAddress[];
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
        return done(new AddressRejectedError(), []);
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
}
