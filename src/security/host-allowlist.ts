/** How a URL's host stands in a list: by its own name, as a subdomain of a `*.` entry, or (null) not at all. */
export type HostMatch = 'named' | 'subdomain' | null;

/**
 * A check of http and https URLs against entries `host`, `host:port` and `*.domain` (subdomains only), never by substring.
 * Without a port the entry means the scheme's own. @throws RangeError for an entry that is none of these
 */
export function createHostAllowlist(entries: readonly string[]): (url: URL) => HostMatch {
  const listed = entries.map(readEntry);
  return ({ protocol, hostname, port }) => {
    if (protocol !== 'http:' && protocol !== 'https:') return null;
    const standard = protocol === 'https:' ? '443' : '80';
    const fitting = listed.filter((entry) => (port || standard) === (entry.port || standard));
    if (fitting.some((entry) => !entry.below && hostname === entry.hostname)) return 'named';
    return fitting.some((entry) => entry.below && hostname.endsWith(`.${entry.hostname}`)) ? 'subdomain' : null;
  };
}

function readEntry(entry: string) {
  const [, below, host = '', port = ''] = /^(\*\.)?(.+?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const url = URL.parse(`http://${host}`);
  // What is more than a host would leave something behind beside it.
  if (!url || /[/?#@\\*\s]/.test(host) || url.port || Number(port) > 65_535)
    throw new RangeError(`${entry} is no host`);
  return { hostname: url.hostname, port, below: below !== undefined };
}
