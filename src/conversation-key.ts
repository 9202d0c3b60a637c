import { maskPhone } from './phone.ts';

// The key of a conversation is the number of its sender. With a list of devices in FONNTE_TOKEN, the number of the device
// follows: `6281200000001@6281100000001`. The stores keep it in their columns `sender`.

const SEPARATOR = '@';
/** The character after the separator in the order of bytes. */
const AFTER_SEPARATOR = 'A';

/** Builds the key of a sender's conversation with a device; `device` null: the only device, whatever its number. */
export function toConversationKey(sender: string, device: string | null): string {
  return device === null ? sender : `${sender}${SEPARATOR}${device}`;
}

/** Returns the number of the sender of a conversation. */
export function senderOf(conversation: string): string {
  return conversation.split(SEPARATOR, 1)[0] ?? conversation;
}

/** Returns the number of the device of a conversation. @returns null when its key names no device */
export function deviceNumberOf(conversation: string): string | null {
  return conversation.split(SEPARATOR)[1] ?? null;
}

/** Returns the exclusive bounds of the keys of a sender's conversations with named devices, in the order of bytes. */
export function toKeyBounds(sender: string): { above: string; below: string } {
  return { above: `${sender}${SEPARATOR}`, below: `${sender}${AFTER_SEPARATOR}` };
}

/** Masks the numbers of a key for logs, metrics and events. */
export function maskConversation(conversation: string): string {
  return conversation.split(SEPARATOR).map(maskPhone).join(SEPARATOR);
}
