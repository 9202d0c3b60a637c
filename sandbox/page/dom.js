/** Creates an element with class, attributes and children; strings become text nodes, empty children are skipped. */
export function el(tag, { className, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

/** Creates an icon from icons.svg. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** @returns the element with this id */
export const byId = (id) => document.getElementById(id);

const CLOCK = new Intl.DateTimeFormat('id-ID', { hour: '2-digit', minute: '2-digit' });
const EXACT = new Intl.DateTimeFormat('id-ID', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `20.08` */
export const clock = (at) => CLOCK.format(at);
/** `20.08.41` */
export const exactClock = (at) => EXACT.format(at);

/** Formats a phone number: `+62 812-0000-0001`. */
export function readablePhone(phone) {
  const [, country, first, second, third] = /^(62)(\d{3})(\d{4})(\d+)$/.exec(phone) ?? [];
  return country ? `+${country} ${first}-${second}-${third}` : `+${phone}`;
}

/** Formats a file size: `24 kB`, `1,2 MB`. */
export function readableSize(bytes) {
  const kilobytes = bytes / 1000;
  return kilobytes < 1000
    ? `${Math.max(1, Math.round(kilobytes))} kB`
    : `${(kilobytes / 1000).toFixed(1).replace('.', ',')} MB`;
}

/** @returns the initials for the avatar of a user */
export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return `${words[0]?.[0] ?? ''}${words.length > 1 ? words.at(-1)[0] : ''}`.toUpperCase();
}
