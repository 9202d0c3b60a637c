import { toKeyBounds } from '../conversation-key.ts';
import type { NewFingerprint, SentAlert } from './records.ts';

/**
 * Maximum difference between the clocks of two instances, ms. A key that is dated further ahead than its lifetime plus this was
 * written before the clock was set back.
 */
export const MAX_CLOCK_DIFFERENCE_MS = 60_000;

/** Prefix of the keys that count the notices with a limit; the keys contain no number. */
export const LIMITED_NOTICE_PREFIX = 'unlinked-notice:';
/** Prefix of the keys of alerts. */
export const ALERT_KEY_PREFIX = 'alert:';

/** Returns a key that is above every key with this prefix, in the order of bytes. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** Returns the first and last key that identify the same request; the first is this request's own. */
export function toKeyRange({
  key,
  timestamp,
}: Pick<NewFingerprint, 'key' | 'timestamp'>): [first: string, last: string] {
  if (timestamp === undefined) return [key, key];
  const sortable = Math.min(Math.trunc(timestamp), Number.MAX_SAFE_INTEGER).toString().padStart(16, '0');
  return [`${key}:${sortable}`, `${key}:~`];
}

const NOTICE_KEY_PREFIX = 'notice:';

/** Returns the prefix of the keys of a conversation's notices. */
export function noticeKeyPrefix(conversation: string): string {
  return `${NOTICE_KEY_PREFIX}${conversation}:`;
}

/** Returns the ranges of the keys of a number's notices, without and with a device: the first key and the end. */
export function noticeKeyRanges(number: string): [bare: [string, string], ofDevices: [string, string]] {
  const bare = noticeKeyPrefix(number);
  const { above, below } = toKeyBounds(number);
  return [
    [bare, endOfPrefix(bare)],
    [`${NOTICE_KEY_PREFIX}${above}`, `${NOTICE_KEY_PREFIX}${below}`],
  ];
}

/** Returns the key of an alert. */
export function alertKey({ kind, open }: Pick<SentAlert, 'kind' | 'open'>): string {
  return `${ALERT_KEY_PREFIX}${kind}:${open ? 'firing' : 'resolved'}`;
}

/** Returns the key that reserves an alert for a process. */
export function alertReservationKey(kind: SentAlert['kind']): string {
  return `sending-alert:${kind}`;
}

/** Builds a sent alert from its key, which expires `sentAlertMs` after the alert (ms since the epoch). */
export function toSentAlert(key: string, expiresAt: number, sentAlertMs: number): SentAlert {
  const [, kind = '', state] = key.split(':');
  return { kind: kind as SentAlert['kind'], at: expiresAt - sentAlertMs, open: state === 'firing' };
}
