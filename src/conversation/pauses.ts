import type { ConversationKey } from '../conversation-key.ts';
import { type Events, maskedContext } from '../events.ts';
import type { SessionService } from '../session/session.ts';
import type { Inbox, Pauses } from '../store/types.ts';
import { MINUTE_MS } from '../time/units.ts';
import type { Message, SessionEntry } from '../types.ts';
import { parseCommand } from './reply/commands.ts';
import { ownerOf, toReceivedEntry } from './schedule/select-messages.ts';

/** Human takeover: while a conversation is paused, its messages are added to the session and not answered. */
export function createTakeover(options: {
  pauses: Pauses;
  session: Pick<SessionService, 'appendReceived'>;
  inbox: Pick<Inbox, 'nextSequence'>;
  /** Maximum entries of a session: more messages are never needed for it. */
  maxEntries: number;
  /** Called with a conversation when its next work has changed. */
  notify(conversation: ConversationKey): void;
  events: Events;
  now: () => number;
}) {
  const { pauses, session, inbox, maxEntries, notify, events, now } = options;

  /** Adds the newest messages that wait because of the pause to the session, each once. @returns these messages */
  async function recordHeld(conversation: ConversationKey): Promise<Message[]> {
    const held = await pauses.held({ sender: conversation, limit: maxEntries });
    const newest = held.findLast(({ userId }) => userId !== null);
    if (!newest?.userId) return held;
    const isAdded = await session.appendReceived(conversation, newest.userId, toEntries(held, newest.userId));
    if (isAdded) events.emit({ ...maskedContext(conversation), type: 'message.held', waiting: held.length });
    return held;
  }

  return {
    recordHeld,

    /** Pauses the conversation from now on; a running turn is completed. */
    async pause(conversation: ConversationKey, minutes: number): Promise<void> {
      await pauses.start({ sender: conversation, seq: inbox.nextSequence(), endsAt: now() + minutes * MINUTE_MS });
      notify(conversation);
    },

    /** Ends the pause. `answer: false` completes the held messages without a reply; they are in the session. */
    async resume(conversation: ConversationKey, { answer }: { answer: boolean }): Promise<void> {
      // A message that arrives after this step was not added to the session, and is answered.
      const held = answer ? [] : await recordHeld(conversation);
      await pauses.end({ sender: conversation, unansweredThrough: held.at(-1)?.seq ?? 0 });
      notify(conversation);
    },
  };
}

/** Converts the messages of one user to entries of the session. A command is not part of the conversation. */
function toEntries(messages: readonly Message[], userId: string): SessionEntry[] {
  return messages
    .filter((message) => ownerOf([message]) === userId && parseCommand(message.text) === null)
    .map(toReceivedEntry);
}
