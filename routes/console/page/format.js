import { el } from './dom.js';

let timezone;
/** Server time minus the time of this computer, ms. */
let offset = 0;

/** Uses the time zone and the clock of the service. */
export function setTimezone(name) {
  timezone = name;
}
export function setServerTime(at) {
  offset = at - Date.now();
}
/** The time of the service, ms since the epoch. */
export const serverNow = () => Date.now() + offset;

const formatter = (options) => {
  const made = new Map();
  return (at) => {
    if (!made.has(timezone)) made.set(timezone, new Intl.DateTimeFormat('id-ID', { ...options, timeZone: timezone }));
    return made.get(timezone).format(at);
  };
};
/** `20.08` */
export const clock = formatter({ hour: '2-digit', minute: '2-digit' });
/** `20.08.41` */
export const exactClock = formatter({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = formatter({ day: 'numeric', month: 'short' });
const exact = formatter({ dateStyle: 'long', timeStyle: 'long' });

/** `20.08`, or `24 Nov 20.08` when it was another day. */
export function moment(at) {
  return day(at) === day(serverNow()) ? clock(at) : `${day(at)} ${clock(at)}`;
}

/** The short name of the time zone: `WIB`. */
export function zoneName() {
  const parts = new Intl.DateTimeFormat('id-ID', { timeZone: timezone, timeZoneName: 'short' }).formatToParts(0);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `2 menit`, `3 jam 5 menit`, `2 hari` */
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return `${seconds} detik`;
  if (minutes < 60) return `${minutes} menit`;
  if (hours < 24) return minutes % 60 === 0 ? `${hours} jam` : `${hours} jam ${minutes % 60} menit`;
  return `${Math.floor(hours / 24)} hari`;
}

const NUMBER = new Intl.NumberFormat('id-ID', { maximumFractionDigits: 1 });
export const number = (value) => NUMBER.format(value);
/** `120 ms`, `2,1 detik` */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${NUMBER.format(ms / 1000)} detik`);
export const percent = (share) => `${NUMBER.format(share * 100)}%`;

/** Formats a phone number: `+62 812-0000-0001`. */
export function readablePhone(phone) {
  const [, country, first, second, third] = /^(62)(\d{3})(\d{4})(\d+)$/.exec(phone) ?? [];
  return country ? `+${country} ${first}-${second}-${third}` : `+${phone}`;
}

/** Formats a masked number; with several devices, its device follows: `62812****0001 lewat 62811****0001`. */
export const readableMasked = (masked) => masked.replace('@', ' lewat ');

/** Creates a time that shows how long ago it was; `refreshAges` updates the element. */
export function ago(at, { suffix = 'lalu' } = {}) {
  const made = el('time', {
    datetime: new Date(at).toISOString(),
    title: exact(at),
    'data-at': String(at),
    'data-suffix': suffix,
  });
  showAge(made);
  return made;
}

/** Creates a time: `20.08`. */
export function at(time) {
  return el('time', { datetime: new Date(time).toISOString(), title: exact(time) }, moment(time));
}

function showAge(element) {
  const text = `${span(serverNow() - Number(element.dataset.at))} ${element.dataset.suffix}`.trim();
  if (element.textContent !== text) element.textContent = text;
}

export function refreshAges() {
  for (const element of document.querySelectorAll('time[data-at]')) showAge(element);
}
