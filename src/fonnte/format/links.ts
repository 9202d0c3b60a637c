/** Text with one number (its styles, as bits) for each UTF-16 unit. */
export type Styled = { text: string; styles: Uint8Array };

/**
 * The policy on links, on one line: an address stays clickable only on the portal's own host; any other loses its scheme
 * (`https://contoh.id/a` becomes `contoh.id/a`). Every unit of an address gets the style bit `link`. Linear.
 */
export function applyLinkPolicy(line: Styled, link: number, portalHost: string | undefined): Styled {
  if (!line.text.includes('//')) return line;
  const units: string[] = [];
  const styles: number[] = [];
  let inAddress = false;
  for (let at = 0; at < line.text.length; at++) {
    const unit = line.text.charAt(at);
    if (/\s/.test(unit)) inAddress = false;
    if (unit === '/' && line.text[at + 1] === '/') {
      const scheme = schemeAtEnd(units);
      if (scheme) {
        inAddress = true;
        if (isPortal(scheme, line.text, at + 2, portalHost)) {
          for (let back = 1; back <= scheme.length; back++) styles[styles.length - back]! |= link;
        } else {
          // What came before may now end in a scheme again (`https:https:////…`): the next slashes are judged anew.
          units.length -= scheme.length;
          styles.length -= scheme.length;
          at++;
          continue;
        }
      }
    }
    units.push(unit);
    styles.push((line.styles[at] ?? 0) | (inAddress ? link : 0));
  }
  return { text: units.join(''), styles: Uint8Array.from(styles) };
}

const LONGEST_SCHEME = 40;

function schemeAtEnd(units: readonly string[]): string | undefined {
  if (units.at(-1) !== ':') return undefined;
  const tail = units.slice(-LONGEST_SCHEME).join('');
  return (/(?:https?|ftp):$/i.exec(tail) ?? /[a-z][a-z0-9+.-]*:$/i.exec(tail))?.[0];
}

// The host is compared as it is written, and what follows must end it: `sapa.go.id.jahat.id` and `sapa.go.id@jahat.id` are others.
function isPortal(scheme: string, text: string, hostAt: number, portalHost: string | undefined): boolean {
  if (!portalHost || !/^https?:$/i.test(scheme)) return false;
  const hostEnd = hostAt + portalHost.length;
  if (text.slice(hostAt, hostEnd).toLowerCase() !== portalHost.toLowerCase()) return false;
  return /^(?:[/?#]|[.,;:!?)\]}'"»”’*_~`]*(?:\s|$))/.test(text.slice(hostEnd, hostEnd + 8));
}

/** An address without a scheme that is not a web address (`mailto:a@b` is `a@b`); web addresses are left to the policy. */
export function stripNonWebScheme(href: string): string {
  return href.replace(/^[a-z][a-z0-9+.-]*:(?!\/\/)/i, '');
}

/** Whether a link's text says no more than its address: equal but for scheme, case and a last slash. */
export function isSameAddress(label: string, href: string): boolean {
  return bare(label) === bare(href);
}

function bare(address: string): string {
  return address
    .trim()
    .replace(/^(?:https?:\/\/|mailto:|tel:)/i, '')
    .replace(/\/$/, '')
    .toLowerCase();
}
