import Type from 'typebox';
import { InvalidRequest } from '../../src/errors.ts';
import { normalizePhone } from '../../src/phone.ts';
import type { NumberReferences } from '../../src/security/number-references.ts';
import type { ConversationOverview } from '../../src/store/records.ts';

const Moment = Type.Union([Type.String(), Type.Null()], { description: 'ISO 8601' });

/** The state of one conversation, as every route about conversations returns it. */
export const overview = {
  phone: Type.String(),
  lastMessageAt: Moment,
  sessionEntries: Type.Integer(),
  pending: Type.Integer({ description: 'messages that were accepted and not answered yet' }),
  paused: Type.Boolean({ description: 'whether a person has taken over: the assistant is silent' }),
  pausedUntil: Type.Union([Type.String(), Type.Null()], { description: 'ISO 8601; null: not paused' }),
};

/** The parameters of a path with a phone number. */
export const Phone = Type.Object({
  phone: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'in any usual form, or a reference from the console',
  }),
});

/** Converts an overview of the store to its response. */
export function toOverview({ phone, lastMessageAt, sessionEntries, pending, pausedUntil }: ConversationOverview) {
  return {
    phone,
    lastMessageAt: toIso(lastMessageAt),
    sessionEntries,
    pending,
    paused: pausedUntil !== null,
    pausedUntil: toIso(pausedUntil),
  };
}

/** Returns the sender of a path: its number, or that of a reference from the console. @throws InvalidRequest */
export function senderIn({ phone }: { phone: string }, references: NumberReferences): string {
  const sender = normalizePhone(phone) ?? references.open(phone);
  if (sender === null) throw new InvalidRequest('bukan nomor telepon');
  return sender;
}

const toIso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
