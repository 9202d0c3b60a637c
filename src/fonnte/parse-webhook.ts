import type { IgnoredReason } from '../events.ts';
import { normalizeSender, type PhoneNumber, stripWhatsAppSuffix } from '../phone.ts';
import { stripInvisible } from '../security/untrusted-text.ts';
import type { Attachment, Fingerprint } from '../types.ts';
import { summarizeContactCards } from './contact-card.ts';
import { createFingerprint } from './fingerprint.ts';

/** One inbound message, before its sender is identified. */
export interface InboundMessage {
  sender: PhoneNumber;
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

/** The content of a webhook call. */
export type WebhookContent =
  | IgnoredWebhook
  | { kind: 'invalid' }
  | { kind: 'message'; message: InboundMessage; fingerprint: Fingerprint };

export interface ParsedWebhook {
  /** The number of the device that the call is for; '' when the call names no valid number. */
  device: string;
  /** The timestamp of the message or event, ms since the epoch; null if missing or invalid. */
  sentAt: number | null;
  content: WebhookContent;
}

interface ParseOptions {
  /** Ms since the epoch. */
  now: number;
  /** Numbers of our own devices; empty allows any. */
  devices: readonly string[];
  /** Ignores a call that names no device. */
  requiresDevice?: boolean;
}

/** Age above which a call is ignored as a replay, in ms. FONNTE repeats calls for 15 minutes. */
export const STALE_MS = 12 * 60 * 60 * 1000;
/** FONNTE's text of a message that has no text. */
const NON_TEXT_PLACEHOLDER = 'non-text message';
/** Types of messages that are not text. */
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
/** Delivery statuses documented by FONNTE. Any other is reported as `other`. */
const DELIVERY_STATUSES = new Set([
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
 * Parses the body of a FONNTE webhook call (JSON or form fields, old and new names).
 * @see https://docs.fonnte.com/webhook-reply-message/
 */
export function parseWebhook(body: unknown, options: ParseOptions): ParsedWebhook {
  const fields = toFields(body);
  if (fields === null) return { device: '', sentAt: null, content: ignored('empty') };
  const device = normalizeSender(fields.device) ?? '';
  const sentAt = parseTimestamp(fields.timestamp);
  return { device, sentAt, content: parseContent(fields, { device, sentAt }, options) };
}

function parseContent(
  fields: Fields,
  { device, sentAt }: Omit<ParsedWebhook, 'content'>,
  options: ParseOptions,
): WebhookContent {
  const namesDevice = options.requiresDevice || toScalarText(fields.device) !== '';
  if (options.devices.length > 0 && namesDevice && !options.devices.includes(device)) return ignored('unknown-event');
  const rawSender = stripWhatsAppSuffix(pickText(fields, 'sender', 'pengirim'));
  const sender = normalizeSender(rawSender);
  const rawText = pickText(fields, 'message', 'pesan');
  const stale = sentAt !== null && options.now - sentAt > STALE_MS;

  const event = classifyEvent(fields, rawSender, rawText, stale);
  if (event) return event;
  if (isTrue(fields.isgroup) || rawSender.endsWith('@g.us')) return ignored('group');
  // A message from another device of ours is an echo too: the two would answer each other.
  if (sender !== null && (sender === device || options.devices.includes(sender))) return ignored('self');
  if (rawSender.includes('@')) return ignored('not-a-phone-number');
  if (stale) return ignored('stale');

  const attachment = parseAttachment(fields, rawText);
  const cleaned = cleanText(attachment && rawText.trim() === NON_TEXT_PLACEHOLDER ? '' : rawText);
  const text = summarizeContactCards(cleaned) || parseChoices(fields);
  if (rawSender === '' && text === '') return ignored('unknown-event');
  if (sender === null || (text === '' && !attachment)) return { kind: 'invalid' };

  const message = { sender, device, inboxid: parseInboxId(fields.inboxid), text, attachment };
  return { kind: 'message', message, fingerprint: createFingerprint(message, sentAt) };
}

function ignored(reason: IgnoredReason): WebhookContent {
  return { kind: 'ignored', reason };
}

/** Returns the own fields of a body (no inherited ones), or null if it has no fields besides `secret`. */
function toFields(body: unknown): Fields | null {
  if (typeof body !== 'object' || body === null) return null;
  const fields: Fields = Object.assign(Object.create(null), body);
  return Object.keys(fields).some((name) => name !== 'secret') ? fields : null;
}

function classifyEvent(fields: Fields, sender: string, rawText: string, stale: boolean): WebhookContent | null {
  if (toScalarText(fields.submission) !== '' && rawText === '') return ignored('unknown-event');
  if (sender !== '' || rawText !== '') return null;
  const status = toScalarText(fields.status).toLowerCase();
  if (status === 'connect' || status === 'disconnect') {
    return stale ? ignored('stale') : { kind: 'ignored', reason: 'device-status', device: status };
  }
  if (toScalarText(fields.stateid) !== '' || (DELIVERY_STATUSES.has(status) && fields.id !== undefined)) {
    const state = (toScalarText(fields.state) || status).toLowerCase();
    return { kind: 'ignored', reason: 'message-status', delivery: DELIVERY_STATUSES.has(state) ? state : 'other' };
  }
  return null;
}

/** Converts a string or number to a string; returns '' for anything else and for FONNTE's "undefined". */
function toScalarText(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== 'undefined' && value !== 'null' ? value : '';
}

function pickText(fields: Fields, name: string, oldName: string): string {
  return toText(fields[name]) || toText(fields[oldName]);
}

/** Trims a text field. Unlike `toScalarText` it keeps «undefined», which a user may write. */
function toText(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' ? value.trim() : '';
}

/** Makes a text well-formed and removes control characters, invisible characters and surrounding space. */
function cleanText(rawText: string): string {
  const visible = stripInvisible(rawText.toWellFormed().replace(/\r\n?/g, '\n'));
  return visible.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').trim();
}

function parseChoices(fields: Fields): string {
  const choices = Array.isArray(fields.choices) ? fields.choices.map(toText).filter(Boolean) : [toText(fields.choices)];
  const chosen = choices.filter(Boolean).join(', ');
  if (chosen === '') return '';
  const question = toText(fields.pollname);
  return cleanText(question ? `${question} ${chosen}` : chosen);
}

function parseAttachment(fields: Fields, rawText: string): Attachment | null {
  const type = toScalarText(fields.type).toLowerCase();
  const location = /^-?\d+(\.\d+)?,\s*-?\d+(\.\d+)?$/.test(toScalarText(fields.location))
    ? toScalarText(fields.location)
    : '';
  const url = /^https?:\/\//.test(toScalarText(fields.url)) ? toScalarText(fields.url) : '';
  const isFile = url !== '' || FILE_TYPES.has(type) || rawText.trim() === NON_TEXT_PLACEHOLDER;
  if (!isFile && location === '') return null;
  const fileType = FILE_TYPES.has(type) ? type : '';
  return {
    type: fileType || (location ? 'location' : 'unknown'),
    url,
    // One line, because it becomes part of the description of the file for the model.
    filename: cleanText(toScalarText(fields.filename)).replace(/\s+/g, ' ').slice(0, 200),
    extension: toScalarText(fields.extension).toLowerCase().slice(0, 10),
    location,
  };
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === 'string' && ['true', '1'].includes(value.toLowerCase()));
}

function parseInboxId(value: unknown): number {
  const number = Number(toScalarText(value) || 0);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/** Parses FONNTE's timestamp (seconds; milliseconds in old calls). @returns ms since the epoch; null if missing or invalid */
function parseTimestamp(value: unknown): number | null {
  const number = Number(toScalarText(value) || Number.NaN);
  if (!Number.isFinite(number) || number <= 0) return null;
  return number > 1e11 ? number : number * 1000;
}
