import type { ConversationKey } from '../conversation-key.ts';
import type { Session } from '../store/records.ts';
import { one, type SessionStore, type SessionUpdate } from '../store/types.ts';
import { ageMs } from '../time/age.ts';
import type { SessionEntry, SessionNotes } from '../types.ts';

/** The part of the conversation that a turn may use; empty without an active session. */
export type SessionView = Pick<Session, 'entries' | 'notes'>;

/** The update of a session by a turn. `notes` null: the notes are unchanged. */
export interface SessionAddition {
  userId: string;
  entries: readonly SessionEntry[];
  notes: SessionNotes | null;
  /** Entries that these replace: messages that were added while the conversation was paused. */
  replaces?: readonly SessionEntry[];
}

export type SessionService = ReturnType<typeof createSessionService>;

/**
 * The recent history of conversations. A session is active while it is younger than `idleMs`; it belongs to one user and
 * keeps the newest `maxEntries` entries.
 */
export function createSessionService(options: {
  sessions: SessionStore;
  maxEntries: number;
  idleMs: number;
  now: () => number;
}) {
  const { sessions, maxEntries, idleMs, now } = options;

  const isActive = ({ updatedAt }: Session): boolean => ageMs(updatedAt, now()) <= idleMs;

  /** The active session of a conversation, of any user. @returns null without an active session */
  async function find(conversation: ConversationKey): Promise<Session | null> {
    const session = await one(sessions.get([conversation]));
    return session && isActive(session) ? session : null;
  }

  /** Builds the update that adds to the active session of the user, or starts a new one in place of any other. */
  function buildUpdate({ userId, entries, notes, replaces = [] }: SessionAddition): SessionUpdate {
    return (before) => {
      const active = before && before.userId === userId && isActive(before) ? before : null;
      return {
        userId,
        entries: [...without(active?.entries ?? [], replaces), ...entries].slice(-maxEntries),
        notes: notes ?? active?.notes ?? {},
      };
    };
  }

  return {
    find,
    buildUpdate,

    /** @returns the conversation of this user without some entries; empty if the active session belongs to another user */
    async get(
      conversation: ConversationKey,
      userId: string,
      except: readonly SessionEntry[] = [],
    ): Promise<SessionView> {
      const session = await find(conversation);
      if (session?.userId !== userId) return { entries: [], notes: {} };
      return { entries: without(session.entries, except), notes: session.notes };
    },

    /** Adds messages that are not answered yet, oldest first, to the session of the user; each once. @returns false when all were added before */
    appendReceived(conversation: ConversationKey, userId: string, received: readonly SessionEntry[]): Promise<boolean> {
      const update: SessionUpdate = (before) => {
        const entries = before && before.userId === userId && isActive(before) ? before.entries : [];
        const isFull = entries.length >= maxEntries;
        const oldestAt = entries[0]?.timestamp ?? 0;
        // An older message was added before, and left the full session again.
        const added = without(received, entries).filter(({ timestamp }) => !isFull || timestamp >= oldestAt);
        return added.length > 0 ? buildUpdate({ userId, entries: added, notes: null })(before) : null;
      };
      return one(sessions.update([{ sender: conversation, update }]));
    },

    /** Adds to the active session. @returns false without an active session */
    append(conversation: ConversationKey, entries: readonly SessionEntry[]): Promise<boolean> {
      const update: SessionUpdate = (before) =>
        before && isActive(before) ? buildUpdate({ userId: before.userId, entries, notes: null })(before) : null;
      return one(sessions.update([{ sender: conversation, update }]));
    },

    delete: (conversation: ConversationKey): Promise<void> => one(sessions.delete([conversation])),

    countActive: (): Promise<number> => sessions.countUsedSince(now() - idleMs),

    /** Sessions that were last used before this time (ms since the epoch) have expired. */
    activeSince: (): number => now() - idleMs,
  };
}

/** Returns the entries that are not in `others`. */
function without(entries: readonly SessionEntry[], others: readonly SessionEntry[]): SessionEntry[] {
  const isSame = (a: SessionEntry, b: SessionEntry) =>
    a.timestamp === b.timestamp && a.role === b.role && a.content === b.content;
  return entries.filter((entry) => !others.some((other) => isSame(entry, other)));
}

/** Builds the two entries of a question and its answer. Times in ms since the epoch. */
export function toSessionEntries(
  question: { text: string; at: number },
  answer: { text: string; at: number },
): SessionEntry[] {
  return [
    { role: 'user', content: question.text, timestamp: question.at },
    { role: 'assistant', content: answer.text, timestamp: answer.at },
  ];
}
