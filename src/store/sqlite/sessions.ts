import type { SessionEntry, SessionNotes } from '../../types.ts';
import type { Session, SessionStore, SessionUpdate } from '../types.ts';
import type { Database, Transaction } from './database.ts';
import { parseJson } from './rows.ts';

/** Creates the store of sessions: read when a turn starts, written when it completes. */
export function createSessions(database: Database, now: () => number): SessionStore {
  return {
    get: async (sender) => database.read('session', (sql) => loadSession(sql, sender)),
    update: (sender, update) =>
      database.write('update session', (transaction) => updateSession(transaction, sender, update, now())),
    async forget(sender) {
      await database.write('forget session', (transaction) => deleteSession(transaction, sender));
    },
    countUsedSince: async (from) =>
      database.read('count sessions', (sql) => {
        const count = sql('SELECT count(*) AS count FROM sessions WHERE updated_at BETWEEN ? AND ?');
        return Number(count.get(from, now())?.count);
      }),
  };
}

/** Applies an update inside a transaction. @returns false when the update left the session as it was */
export function updateSession(transaction: Transaction, sender: string, update: SessionUpdate, at: number): boolean {
  const { sql } = transaction;
  const after = update(loadSession(sql, sender));
  if (!after) return false;
  sql(
    `INSERT INTO sessions (sender, user_id, entries, notes, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET user_id = excluded.user_id, entries = excluded.entries, notes = excluded.notes,
     updated_at = excluded.updated_at`,
  ).run(sender, after.userId, JSON.stringify(after.entries), JSON.stringify(after.notes), at);
  return true;
}

export function deleteSession({ sql }: Transaction, sender: string): void {
  sql('DELETE FROM sessions WHERE sender = ?').run(sender);
}

function loadSession(sql: Transaction['sql'], sender: string): Session | null {
  const row = sql('SELECT * FROM sessions WHERE sender = ?').get(sender);
  if (!row) return null;
  return {
    sender,
    userId: row.user_id as string,
    entries: parseJson<SessionEntry[]>(row.entries) ?? [],
    notes: parseJson<SessionNotes>(row.notes) ?? {},
    updatedAt: row.updated_at as number,
  };
}
