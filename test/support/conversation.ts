import { type ConversationKey, toConversationKey } from '../../src/conversation-key.ts';

/** The key of a number's conversation with the only device. */
export const keyOf = (phone: string): ConversationKey => toConversationKey(phone, null);
