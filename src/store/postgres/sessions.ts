import type { ConversationKey } from '../../conversation-key.ts';
import { type StoredRow, toSession } from '../rows.ts';
import type { SessionStore, SessionUpdate } from '../types.ts';
import type { Database } from './database.ts';

/** A row of `sessions`. `version`: changes with every write; 0: no session. */
type SessionRow = StoredRow & { version: number };

/** A session to write if the stored one still has this version. */
export interface VersionedSession {
  userId: string;
  entries: string;
  notes: string;
  version: number;
}

/** Creates the store of sessions. */
export function createSessions(database: Database): SessionStore {
  return {
    get: (senders) =>
      database.runEach(
        'load_session',
        senders,
        (sender) => ({ sender }),
        (row: SessionRow | null) => (row ? toSession(row) : null),
      ),
    update: (updates) => updates.map(({ sender, update }) => updateSession(sender, update)),
    delete: (senders) =>
      database.runEach(
        'delete_session',
        senders,
        (sender) => ({ sender, lock: sender }),
        () => undefined,
      ),
    countUsedSince: (from) => database.run<number>('count_sessions', { from }),
  };

  async function updateSession(sender: ConversationKey, update: SessionUpdate): Promise<boolean> {
    for (;;) {
      const session = computeSession(await database.run<SessionRow | null>('load_session', { sender }), update);
      if (!session) return false;
      if (await database.run<boolean>('update_session', { sender, session, lock: sender })) return true;
    }
  }
}

/**
 * Computes the session to write. A function of the caller can't run inside the database, so the write is rejected where the
 * session was changed in between, and then repeated with the changed one.
 */
export function computeSession(row: SessionRow | null, update: SessionUpdate): VersionedSession | null {
  const after = update(row ? toSession(row) : null);
  return (
    after && {
      userId: after.userId,
      entries: JSON.stringify(after.entries),
      notes: JSON.stringify(after.notes),
      version: row?.version ?? 0,
    }
  );
}
