import { ageMs } from '../../age.ts';
import type { Session, SessionChange, SessionEntry, SessionNotes, SessionStore } from '../types.ts';
import type { Database, Transaction } from './database.ts';
import { parseJson } from './rows.ts';

/** The view of sessions: read when a turn starts, written with its end. */
export function createSessions(engine: Database, now: () => number): SessionStore {
  return {
    get: async (sender) => engine.read('session', (sql) => load(sql, sender)),
    append: (sender, entries, { keep, idleMs }) =>
      engine.write('append', (transaction) => {
        const session = load(transaction.sql, sender);
        if (!session || ageMs(session.updatedAt, now()) > idleMs) return false;
        const { userId } = session;
        changeSession(transaction, sender, { append: entries, notes: null, userId, keep, idleMs }, now());
        return true;
      }),
    async forget(sender) {
      await engine.write('forget session', (transaction) => changeSession(transaction, sender, 'forget', now()));
    },
    active: async (idleMs) =>
      engine.read('active', (sql) => {
        const at = now();
        const count = sql('SELECT count(*) AS count FROM sessions WHERE updated_at BETWEEN ? AND ?');
        return Number(count.get(at - idleMs, at)?.count);
      }),
  };
}

/** Carries out a session change inside a transaction; one that is idle or another user's is replaced, not added to. */
export function changeSession({ sql }: Transaction, sender: string, change: SessionChange, at: number): void {
  if (change === 'forget') {
    sql('DELETE FROM sessions WHERE sender = ?').run(sender);
    return;
  }
  const before = load(sql, sender);
  const continues = before !== null && before.userId === change.userId && ageMs(before.updatedAt, at) <= change.idleMs;
  const entries = [...(continues ? before.entries : []), ...change.append].slice(-change.keep);
  const notes = change.notes ?? (continues ? before.notes : {});
  sql(
    `INSERT INTO sessions (sender, user_id, entries, notes, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET user_id = excluded.user_id, entries = excluded.entries, notes = excluded.notes,
     updated_at = excluded.updated_at`,
  ).run(sender, change.userId, JSON.stringify(entries), JSON.stringify(notes), at);
}

function load(sql: Transaction['sql'], sender: string): Session | null {
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
