import type { LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { type Connector, createConnector } from '../upstream/http-client.ts';

/** IPv4 blocks that are not on the public internet. @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const SPECIAL_IPV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3';
/** Public IPv6 addresses are global unicast without documentation, tunnels and embedded IPv4 addresses. */
const GLOBAL_IPV6 = '2000::/3';
const SPECIAL_IPV6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20';

const special = createBlockList(`${SPECIAL_IPV4} ${SPECIAL_IPV6}`);
const global = createBlockList(GLOBAL_IPV6);

/** Whether `address` is an IP address on the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && global.check(address, 'ipv6') && !special.check(address, 'ipv6');
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

function createBlockList(blocks: string): BlockList {
  const list = new BlockList();
  for (const block of blocks.split(' ')) {
    const [address = '', bits] = block.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
