import Type from 'typebox';
import { type ConversationKey, deviceNumberOf, senderOf } from '../../src/conversation-key.ts';
import type { ConversationOverview } from '../../src/store/records.ts';

const Moment = Type.Union([Type.String(), Type.Null()], { description: 'ISO 8601' });

/** The device of a conversation in a response. */
export const DeviceField = Type.Optional(
  Type.String({ description: 'the number of our device; only with a list in FONNTE_TOKEN' }),
);

/** The state of one conversation, as every route about conversations returns it. */
export const overview = {
  phone: Type.String(),
  device: DeviceField,
  lastMessageAt: Moment,
  sessionEntries: Type.Integer(),
  pending: Type.Integer({ description: 'messages that were accepted and not answered yet' }),
  paused: Type.Boolean({ description: 'whether a person has taken over: the assistant is silent' }),
  pausedUntil: Type.Union([Type.String(), Type.Null()], { description: 'ISO 8601; null: not paused' }),
};

/** Converts an overview of the store to its response. */
export function toOverview({
  conversation,
  lastMessageAt,
  sessionEntries,
  pending,
  pausedUntil,
}: ConversationOverview) {
  return {
    phone: senderOf(conversation),
    ...toDevice(conversation),
    lastMessageAt: toIso(lastMessageAt),
    sessionEntries,
    pending,
    paused: pausedUntil !== null,
    pausedUntil: toIso(pausedUntil),
  };
}

/** Builds `DeviceField` from the key of a conversation. */
export function toDevice(conversation: ConversationKey): { device?: string } {
  const device = deviceNumberOf(conversation);
  return device === null ? {} : { device };
}

const toIso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
