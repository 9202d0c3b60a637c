import { hash } from 'node:crypto';
import { normalizeSender, stripWhatsAppSuffix } from '../phone.ts';
import { stripInvisible } from '../security/untrusted-text.ts';
import type { Attachment, Fingerprint } from '../types.ts';
import { summarizeContactCards } from './contact-card.ts';

export type IgnoredReason =
  | 'empty'
  | 'device-status'
  | 'message-status'
  | 'group'
  | 'self'
  | 'not-a-phone-number'
  | 'stale'
  | 'unknown-event';

/** What a message says, before anybody has looked up who sent it. */
export interface InboundMessage {
  sender: string;
  device: string;
  inboxid: number;
  text: string;
  attachment: Attachment | null;
}

/** A call that is not a message from a person. */
export type IgnoredWebhook = {
  kind: 'ignored';
  reason: IgnoredReason;
  device?: 'connect' | 'disconnect';
  delivery?: string;
};

/** What a webhook call turned out to be. */
export type ParsedWebhook =
  | IgnoredWebhook
  | { kind: 'invalid' }
  | { kind: 'message'; message: InboundMessage; fingerprint: Fingerprint };

/** FONNTE repeats for 15 minutes; anything this much older than now is a replay of something long past. */
export const STALE_MS = 12 * 60 * 60 * 1000;
/** FONNTE's stand-in text for everything that is not text. */
const NO_TEXT = 'non-text message';
/** Types of what is no text; with any other, what is written is what was meant. */
const FILE_TYPES = new Set([
  'image',
  'audio',
  'video',
  'document',
  'location',
  'sticker',
  'voice',
  'ptt',
  'file',
  'gif',
]);
/** Delivery statuses that FONNTE documents; any other is told as `other`. */
const DELIVERY = new Set([
  'sent',
  'pending',
  'waiting',
  'invalid',
  'expired',
  'processing',
  'delivered',
  'read',
  'url unreachable',
]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses one webhook call as FONNTE makes it (JSON or form fields, old and new names).
 * `devices`: numbers of our own devices; empty allows any. Pure.
 * @see https://docs.fonnte.com/webhook-reply-message/
 */
export function parseWebhook(body: unknown, options: { now: number; devices: readonly string[] }): ParsedWebhook {
  const fields = fieldsOf(body);
  if (fields === null) return ignored('empty');
  const device = normalizeSender(fields.device) ?? '';
  const namesDevice = scalar(fields.device) !== '';
  if (options.devices.length > 0 && namesDevice && !options.devices.includes(device)) return ignored('unknown-event');
  const rawSender = stripWhatsAppSuffix(firstOf(fields, 'sender', 'pengirim'));
  const sender = normalizeSender(rawSender);
  const written = firstOf(fields, 'message', 'pesan');
  const timestamp = timestampOf(fields.timestamp);
  const stale = timestamp !== null && options.now - timestamp > STALE_MS;

  const event = eventOf(fields, rawSender, written, stale);
  if (event) return event;
  if (isTrue(fields.isgroup) || rawSender.endsWith('@g.us')) return ignored('group');
  // A second device of ours is an echo too: the two would answer each other.
  if (sender !== null && (sender === device || options.devices.includes(sender))) return ignored('self');
  if (rawSender.includes('@')) return ignored('not-a-phone-number');
  if (stale) return ignored('stale');

  const attachment = attachmentOf(fields, written);
  const said = readText(attachment && written.trim() === NO_TEXT ? '' : written);
  const text = summarizeContactCards(said) || choicesOf(fields);
  if (rawSender === '' && text === '') return ignored('unknown-event');
  if (sender === null || (text === '' && !attachment)) return { kind: 'invalid' };

  const message = { sender, device, inboxid: inboxidOf(fields.inboxid), text, attachment };
  return { kind: 'message', message, fingerprint: fingerprintOf(message, timestamp) };
}

/** When FONNTE says that a call's message or event happened, ms since the epoch; null where it does not say. */
export function readCallTime(body: unknown): number | null {
  const fields = fieldsOf(body);
  return fields && timestampOf(fields.timestamp);
}

function ignored(reason: IgnoredReason): ParsedWebhook {
  return { kind: 'ignored', reason };
}

/** The call's own fields (never inherited ones); null where there is nothing but, at most, a secret. */
function fieldsOf(body: unknown): Fields | null {
  if (typeof body !== 'object' || body === null) return null;
  const fields: Fields = Object.assign(Object.create(null), body);
  return Object.keys(fields).some((name) => name !== 'secret') ? fields : null;
}

function eventOf(fields: Fields, sender: string, written: string, stale: boolean): ParsedWebhook | null {
  if (scalar(fields.submission) !== '' && written === '') return ignored('unknown-event');
  if (sender !== '' || written !== '') return null;
  const status = scalar(fields.status).toLowerCase();
  if (status === 'connect' || status === 'disconnect') {
    return stale ? ignored('stale') : { kind: 'ignored', reason: 'device-status', device: status };
  }
  if (scalar(fields.stateid) !== '' || (DELIVERY.has(status) && fields.id !== undefined)) {
    const state = (scalar(fields.state) || status).toLowerCase();
    return { kind: 'ignored', reason: 'message-status', delivery: DELIVERY.has(state) ? state : 'other' };
  }
  return null;
}

/** A string or number as a string; anything else, and FONNTE's "undefined", as ''. */
function scalar(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== 'undefined' && value !== 'null' ? value : '';
}

function firstOf(fields: Fields, name: string, oldName: string): string {
  return textOf(fields[name]) || textOf(fields[oldName]);
}

/** A text field as it was sent, spaces around it removed; a user may well write «undefined». */
function textOf(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' ? value.trim() : '';
}

/** What a person wrote: well-formed, without control and invisible characters, without space around it. */
function readText(written: string): string {
  const visible = stripInvisible(written.toWellFormed().replace(/\r\n?/g, '\n'));
  return visible.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').trim();
}

function choicesOf(fields: Fields): string {
  const choices = Array.isArray(fields.choices) ? fields.choices.map(textOf).filter(Boolean) : [textOf(fields.choices)];
  const chosen = choices.filter(Boolean).join(', ');
  if (chosen === '') return '';
  const question = textOf(fields.pollname);
  return readText(question ? `${question} ${chosen}` : chosen);
}

function attachmentOf(fields: Fields, written: string): Attachment | null {
  const type = scalar(fields.type).toLowerCase();
  const location = /^-?\d+(\.\d+)?,\s*-?\d+(\.\d+)?$/.test(scalar(fields.location)) ? scalar(fields.location) : '';
  const url = /^https?:\/\//.test(scalar(fields.url)) ? scalar(fields.url) : '';
  const isFile = url !== '' || FILE_TYPES.has(type) || written.trim() === NO_TEXT;
  if (!isFile && location === '') return null;
  const named = FILE_TYPES.has(type) ? type : '';
  return {
    type: named || (location ? 'location' : 'unknown'),
    url,
    // One line: the model reads it within a description of the file.
    filename: readText(scalar(fields.filename)).replace(/\s+/g, ' ').slice(0, 200),
    extension: scalar(fields.extension).toLowerCase().slice(0, 10),
    location,
  };
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === 'string' && ['true', '1'].includes(value.toLowerCase()));
}

function inboxidOf(value: unknown): number {
  const number = Number(scalar(value) || 0);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/** FONNTE's timestamp (seconds; milliseconds seen in old calls) in milliseconds; null where there is none. */
function timestampOf(value: unknown): number | null {
  const number = Number(scalar(value) || Number.NaN);
  if (!Number.isFinite(number) || number <= 0) return null;
  return number > 1e11 ? number : number * 1000;
}

/**
 * Identifies a message by the strongest proof that FONNTE gives. An inboxid alone is not enough: ids restart when a device
 * is deleted and added again, so a message with another text, sender or a later timestamp is a new one.
 * Keys sort in the order of calls: the fingerprints of one minute are neighbours in the database.
 */
function fingerprintOf(message: InboundMessage, timestamp: number | null): Fingerprint {
  const { device, inboxid, sender, text, attachment } = message;
  if (inboxid > 0) {
    const key = `inbox:${inOrder(inboxid)}:${digest([device, inboxid, sender, text])}`;
    return { key, timestamp: timestamp ?? 0, ttl: 'day' };
  }
  if (timestamp !== null) {
    const key = `time:${inOrder(timestamp)}:${digest([device, sender, timestamp, text, attachment])}`;
    return { key, ttl: 'day' };
  }
  return { key: `once:${digest([device, sender, text, attachment])}`, ttl: 'until-acknowledged' };
}

/** A number as text that sorts as it does; beyond the largest safe integer all are one. */
function inOrder(number: number): string {
  return Math.min(Math.trunc(number), Number.MAX_SAFE_INTEGER).toString(36).padStart(11, '0');
}

function digest(values: unknown[]): string {
  return hash('sha256', JSON.stringify(values), 'base64url').slice(0, 32);
}
