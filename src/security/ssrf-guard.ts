import type { LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { type Connector, createConnector } from '../upstream/http-client.ts';

/** IPv4 blocks that are nobody's on the public internet. @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const SPECIAL_IPV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3';
/** Of IPv6 only global unicast is public, without documentation, tunnels and what wraps an IPv4 address. */
const GLOBAL_IPV6 = '2000::/3';
const SPECIAL_IPV6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20';

const special = blocksOf(`${SPECIAL_IPV4} ${SPECIAL_IPV6}`);
const global = blocksOf(GLOBAL_IPV6);

/** Whether an address is one on the public internet; false for what is no address. Pure. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special().check(address, 'ipv4');
  return family === 6 && global().check(address, 'ipv6') && !special().check(address, 'ipv6');
}

/** A connection was about to go to an address that is not public. */
export class AddressRejectedError extends Error {
  constructor() {
    super('the address is not public');
  }
}

/**
 * undici's connector that connects to public addresses alone, unless `mayBePrivate`. It looks at the addresses that the
 * connection is then made to, so that a name can't change between look and connection. @throws AddressRefused
 */
export function createGuardedConnector(options: {
  mayBePrivate(url: URL): boolean;
  lookup: LookupFunction;
  timeoutMs: number;
}): Connector {
  const { timeoutMs, lookup } = options;
  const open = createConnector({ timeoutMs, lookup });
  const publicOnly = createConnector({ timeoutMs, lookup: publicLookup(lookup) });
  return (target, done) => {
    if (options.mayBePrivate(new URL(`${target.protocol}//${target.host ?? target.hostname}`)))
      return open(target, done);
    // A literal address is connected to without any look-up.
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) return done(new AddressRejectedError(), null);
    return publicOnly(target, done);
  };
}

/** One private address among several refuses them all. */
function publicLookup(lookup: LookupFunction): LookupFunction {
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

/** The list of blocks, made when it is first asked for. */
function blocksOf(written: string): () => BlockList {
  let list: BlockList | undefined;
  return () => {
    list ??= blocks(written);
    return list;
  };
}

function blocks(written: string): BlockList {
  const list = new BlockList();
  for (const block of written.split(' ')) {
    const [address = '', bits] = block.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
