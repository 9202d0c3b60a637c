import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  type ConversationKey,
  deviceNumberOf,
  readConversationKey,
  senderOf,
  toConversationKey,
} from '../../src/conversation-key.ts';
import { InvalidRequest } from '../../src/errors.ts';
import { normalizePhone, type PhoneNumber } from '../../src/phone.ts';

/** The path of the routes about one number. */
export const Phone = Type.Object({
  phone: Type.String({
    minLength: 1,
    maxLength: 96,
    description: 'in any usual form, or a reference from the console',
  }),
});
/** The query of the routes about one conversation. */
export const Device = Type.Object({
  device: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description:
        'the number of our device; default: that of the paused conversation, else the one used last, else the first',
    }),
  ),
});

/** Creates the functions that find what the path and the query of a request name. They throw InvalidRequest. */
export function createFindConversation({ store, session, fonnte, numberReferences }: FastifyInstance) {
  const parsePath = (written: string): ConversationKey => {
    const key = normalizePhone(written) ?? numberReferences.open(written);
    if (key === null) throw new InvalidRequest('bukan nomor telepon');
    return readConversationKey(key);
  };

  return {
    /** Returns the phone number. */
    parsePhone: (written: string): PhoneNumber => senderOf(parsePath(written)),

    /** Returns the key of the conversation. */
    async findConversation(written: string, device: string | undefined): Promise<ConversationKey> {
      const named = parsePath(written);
      if (device !== undefined) return toConversationKey(senderOf(named), parseDevice(device));
      if (deviceNumberOf(named) !== null) return named;
      // Records written while only one device was configured have a key without a device.
      const devices = new Set([...fonnte.devices.map(({ number }) => number), null]);
      const keys = [...devices].map((number) => toConversationKey(senderOf(named), number));
      const [first = named] = keys;
      if (keys.length === 1) return first;
      const query = { limit: 1, activeSince: session.activeSince() };
      const found = await Promise.all(keys.map((key) => store.conversations.of(key, query)));
      const usedAt = found.map(({ pausedUntil, lastMessageAt, recent }) =>
        Math.max(pausedUntil ?? 0, lastMessageAt ?? 0, recent[0]?.at ?? 0),
      );
      return keys[usedAt.indexOf(Math.max(...usedAt))] ?? first;
    },
  };
}

function parseDevice(written: string): string {
  const device = normalizePhone(written);
  if (device === null) throw new InvalidRequest('device bukan nomor telepon');
  return device;
}
