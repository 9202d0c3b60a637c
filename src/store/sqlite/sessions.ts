import type { ConversationKey } from '../../conversation-key.ts';
import type { Session } from '../records.ts';
import { toSession } from '../rows.ts';
import type { SessionStore, SessionUpdate } from '../types.ts';
import type { Sql } from './connection.ts';
import type { Database } from './database.ts';

/** Creates the store of sessions: read when a turn starts, written when it completes. */
export function createSessions(database: Database, now: () => number): SessionStore {
  return {
    get: (senders) => database.readEach('session', senders, loadSession),
    update: (updates) =>
      database.writeEach('update session', updates, (sql, { sender, update }) =>
        updateSession(sql, sender, update, now()),
      ),
    delete: (senders) => database.writeEach('delete session', senders, deleteSession),
    countUsedSince: async (from) =>
      database.read('count sessions', (sql) => {
        const count = sql('SELECT count(*) AS count FROM sessions WHERE updated_at BETWEEN ? AND ?');
        return Number(count.get(from, now())?.count);
      }),
  };
}

/** Applies an update inside a transaction. @returns false when the update left the session as it was */
export function updateSession(sql: Sql, sender: ConversationKey, update: SessionUpdate, at: number): boolean {
  const after = update(loadSession(sql, sender));
  if (!after) return false;
  sql('INSERT OR REPLACE INTO sessions (sender, user_id, entries, notes, updated_at) VALUES (?, ?, ?, ?, ?)').run(
    sender,
    after.userId,
    JSON.stringify(after.entries),
    JSON.stringify(after.notes),
    at,
  );
  return true;
}

export function deleteSession(sql: Sql, sender: ConversationKey): void {
  sql('DELETE FROM sessions WHERE sender = ?').run(sender);
}

function loadSession(sql: Sql, sender: ConversationKey): Session | null {
  const row = sql('SELECT * FROM sessions WHERE sender = ?').get(sender);
  return row ? toSession(row) : null;
}
