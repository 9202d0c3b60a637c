import { ageMs } from '../age.ts';
import type { Session, SessionEntry, SessionNotes } from '../store/types.ts';

/** What a turn may know of the conversation so far. */
export interface SessionView {
  entries: SessionEntry[];
  notes: SessionNotes;
}

/** A stored session as far as it counts now: nothing of it where it is idle too long or another user's. Pure. */
export function activeSession(session: Session | null, userId: string, now: number, idleMs: number): SessionView {
  if (!session || session.userId !== userId || ageMs(session.updatedAt, now) > idleMs)
    return { entries: [], notes: {} };
  return { entries: session.entries, notes: session.notes };
}

/** What a turn adds to the session: the question as it was put, and the answer. Pure. */
export function toSessionEntries(
  question: string,
  askedAt: number,
  answer: string,
  answeredAt: number,
): SessionEntry[] {
  return [
    { role: 'user', content: question, timestamp: askedAt },
    { role: 'assistant', content: answer, timestamp: answeredAt },
  ];
}
