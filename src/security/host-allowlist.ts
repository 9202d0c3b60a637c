/** How a URL's host matches: by its own name or as a subdomain of a `*.` entry; null when it does not match. */
export type HostMatch = 'named' | 'subdomain' | null;

/**
 * Creates a check of http and https URLs against entries `host`, `host:port` and `*.domain` (subdomains only). An entry
 * without a port matches the default port of the scheme. @throws RangeError for an invalid entry
 */
export function createHostAllowlist(entries: readonly string[]): (url: URL) => HostMatch {
  const listed = entries.map(parseEntry);
  return ({ protocol, hostname, port }) => {
    if (protocol !== 'http:' && protocol !== 'https:') return null;
    const defaultPort = protocol === 'https:' ? '443' : '80';
    const samePort = listed.filter((entry) => (port || defaultPort) === (entry.port || defaultPort));
    if (samePort.some((entry) => !entry.subdomainsOnly && hostname === entry.hostname)) return 'named';
    return samePort.some((entry) => entry.subdomainsOnly && hostname.endsWith(`.${entry.hostname}`))
      ? 'subdomain'
      : null;
  };
}

function parseEntry(entry: string) {
  const [, wildcard, host = '', port = ''] = /^(\*\.)?(.+?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const url = URL.parse(`http://${host}`);
  // Reject entries with a path, port or credentials: URL parsing would silently drop them.
  if (!url || /[/?#@\\*\s]/.test(host) || url.port || Number(port) > 65_535)
    throw new RangeError(`${entry} is not a host`);
  return { hostname: url.hostname, port, subdomainsOnly: wildcard !== undefined };
}
