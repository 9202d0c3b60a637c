import { hash } from 'node:crypto';
import type { PhoneNumber } from '../phone.ts';
import type { Fingerprint, Message } from '../types.ts';

/** The parts of a message that distinguish it from others. */
type IdentifyingFields = Pick<Message, 'device' | 'inboxid' | 'text' | 'attachment'> & { sender: PhoneNumber };

/**
 * Creates the fingerprint of a message from the strongest identification in the call: inboxid, timestamp, or only the content.
 * An inboxid is combined with sender and text, because ids restart when a device is deleted and added again.
 * Keys sort in the order of calls, so that the fingerprints of one minute are adjacent in the database.
 */
export function createFingerprint(
  { device, inboxid, sender, text, attachment }: IdentifyingFields,
  timestamp: number | null,
): Fingerprint {
  if (inboxid > 0) {
    const key = `inbox:${toSortableText(inboxid)}:${toDigest([device, inboxid, sender, text])}`;
    return { key, timestamp: timestamp ?? 0, ttl: 'day' };
  }
  if (timestamp !== null) {
    const key = `time:${toSortableText(timestamp)}:${toDigest([device, sender, timestamp, text, attachment])}`;
    return { key, ttl: 'day' };
  }
  return { key: `once:${toDigest([device, sender, text, attachment])}`, ttl: 'until-acknowledged' };
}

/** Formats a number so that text order is numeric order, up to the largest safe integer. */
function toSortableText(number: number): string {
  return Math.min(Math.trunc(number), Number.MAX_SAFE_INTEGER).toString(36).padStart(11, '0');
}

function toDigest(values: unknown[]): string {
  return hash('sha256', JSON.stringify(values), 'base64url').slice(0, 32);
}
