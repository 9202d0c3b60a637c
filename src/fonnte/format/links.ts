import { LINK, type StyledUnit } from './styled-text.ts';

/** Longer schemes are not recognized. */
const MAX_SCHEME_LENGTH = 40;

/**
 * Applies the policy on links to one line: an address stays clickable only on the portal's own host; all others lose their scheme
 * (`https://contoh.id/a` becomes `contoh.id/a`). Addresses get the style LINK.
 */
export function applyLinkPolicy(line: StyledUnit[], portalHost: string | undefined): StyledUnit[] {
  const text = line.map(({ unit }) => unit).join('');
  if (!text.includes('//')) return line;
  const units: StyledUnit[] = [];
  let inAddress = false;
  for (let index = 0; index < line.length; index++) {
    const { unit, style } = line[index]!;
    if (/\s/.test(unit)) inAddress = false;
    const scheme = text.startsWith('//', index) ? schemeAtEnd(units) : '';
    if (scheme) {
      inAddress = true;
      if (!startsWithHost(text.slice(index + 2), scheme, portalHost)) {
        // The rest may end in a scheme again (`https:https:////…`): the next slashes are checked too.
        units.length -= scheme.length;
        index++;
        continue;
      }
      for (const ofScheme of units.slice(-scheme.length)) ofScheme.style |= LINK;
    }
    units.push({ unit, style: inAddress ? style | LINK : style });
  }
  return units;
}

function schemeAtEnd(units: readonly StyledUnit[]): string {
  const end = units.slice(-MAX_SCHEME_LENGTH).map(({ unit }) => unit);
  return (/(?:https?|ftp):$/i.exec(end.join('')) ?? /[a-z][a-z0-9+.-]*:$/i.exec(end.join('')))?.[0] ?? '';
}

// Compares the host as written, and the text after it must end it: `sapa.go.id.jahat.id` and `sapa.go.id@jahat.id` are other hosts.
function startsWithHost(address: string, scheme: string, portalHost: string | undefined): boolean {
  if (!portalHost || !/^https?:$/i.test(scheme)) return false;
  if (address.slice(0, portalHost.length).toLowerCase() !== portalHost.toLowerCase()) return false;
  return /^(?:[/?#]|[.,;:!?)\]}'"»”’*_~`]*(?:\s|$))/.test(address.slice(portalHost.length));
}

/** Removes a scheme that is not followed by `//` (`mailto:a@b` becomes `a@b`); the link policy handles all others. */
export function stripNonWebScheme(href: string): string {
  return href.replace(/^[a-z][a-z0-9+.-]*:(?!\/\/)/i, '');
}

/** Whether the text of a link repeats its address, apart from scheme, case and a final slash. */
export function isSameAddress(label: string, href: string): boolean {
  return normalize(label) === normalize(href);
}

function normalize(address: string): string {
  const withoutScheme = address.trim().replace(/^(?:https?:\/\/|mailto:|tel:)/i, '');
  return withoutScheme.replace(/\/$/, '').toLowerCase();
}
