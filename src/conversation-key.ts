import { maskPhone, type PhoneNumber } from './phone.ts';

// The key of a conversation is the number of its sender. With a list of devices in FONNTE_TOKEN, the number of the device
// follows: `6281200000001@6281100000001`. The stores hold it in their columns `sender`, and records in fields of that name.

/** The key of a conversation; only this file makes one, so that a phone number is not used in its place. */
export type ConversationKey = string & { readonly brand: 'conversation-key' };

const SEPARATOR = '@';
/** The character after the separator in the order of bytes. */
const AFTER_SEPARATOR = 'A';
/** A key with or without a device. */
const KEY = new RegExp(`^\\d+(?:${SEPARATOR}\\d+)?$`);

/** Builds the key of a sender's conversation with a device; `device` null: the only device, whatever its number. */
export function toConversationKey(phone: PhoneNumber, device: string | null): ConversationKey {
  return readConversationKey(device === null ? phone : `${phone}${SEPARATOR}${device}`);
}

/** Returns a text that this service built as a key: a stored one, or one from a reference of the console. */
export function readConversationKey(text: unknown): ConversationKey {
  return text as ConversationKey;
}

/** Returns whether a text has the form of a key. */
export function isConversationKey(text: string): boolean {
  return KEY.test(text);
}

/** Returns the number of the sender of a conversation. */
export function senderOf(conversation: ConversationKey): PhoneNumber {
  return splitKey(conversation)[0] ?? '';
}

/** Returns the number of the device of a conversation. @returns null when its key names no device */
export function deviceNumberOf(conversation: ConversationKey): string | null {
  return splitKey(conversation)[1] ?? null;
}

/** Returns the exclusive bounds of the keys of a sender's conversations with named devices, in the order of bytes. */
export function toKeyBounds(phone: PhoneNumber): { above: string; below: string } {
  return { above: `${phone}${SEPARATOR}`, below: `${phone}${AFTER_SEPARATOR}` };
}

/** Masks the numbers of a key, or a number, for logs, metrics and events. */
export function maskConversation(conversation: ConversationKey | PhoneNumber): string {
  return splitKey(conversation).map(maskPhone).join(SEPARATOR);
}

function splitKey(conversation: string): string[] {
  return conversation.split(SEPARATOR);
}
