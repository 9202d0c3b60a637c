import type { SQLOutputValue } from 'node:sqlite';
import type { ConversationOverview, ConversationOverviews } from '../types.ts';
import type { Database, Transaction } from './database.ts';

/** Conversations as support sees them: what is there, and what became of the last messages. */
export function createConversations(engine: Database, now: () => number): ConversationOverviews {
  return {
    active: async ({ limit, cursor, activeSince }) =>
      engine.read('conversations', (sql) =>
        sql(ACTIVE)
          .all(activeSince, now(), limit, cursor)
          .map((row) => overviewOf(sql, row.sender as string)),
      ),
    of: async (sender, most) =>
      engine.read('conversation', (sql) => ({
        ...overviewOf(sql, sender),
        recent: sql(RECENT)
          .all({ sender, most })
          .map((row) => ({ at: row.at as number, outcome: row.outcome as string })),
      })),
  };
}

const ACTIVE = `
  SELECT sender, max(at) AS at FROM (
    SELECT sender, updated_at AS at FROM sessions WHERE updated_at BETWEEN ? AND ?
    UNION ALL SELECT sender, received_at AS at FROM messages WHERE done_at IS NULL
    UNION ALL SELECT sender, created_at AS at FROM turns WHERE state = 'open'
  ) GROUP BY sender ORDER BY at DESC, sender LIMIT ? OFFSET ?`;

const RECENT = `
  SELECT at, outcome FROM (
    SELECT received_at AS at, 'accepted' AS outcome FROM messages WHERE sender = :sender
    UNION ALL SELECT at, outcome FROM refusals WHERE sender = :sender
    UNION ALL SELECT ended_at AS at, outcome FROM turns WHERE sender = :sender AND ended_at IS NOT NULL
  ) ORDER BY at DESC LIMIT :most`;

function overviewOf(sql: Transaction['sql'], sender: string): ConversationOverview {
  const number = (value: SQLOutputValue | undefined) => (typeof value === 'number' ? value : null);
  const session = sql('SELECT json_array_length(entries) AS entries FROM sessions WHERE sender = ?').get(sender);
  const pending = sql('SELECT count(*) AS count FROM messages WHERE sender = ? AND done_at IS NULL').get(sender);
  const last = sql('SELECT max(received_at) AS at FROM messages WHERE sender = ?').get(sender);
  return {
    phone: sender,
    lastMessageAt: number(last?.at),
    sessionEntries: number(session?.entries) ?? 0,
    pending: number(pending?.count) ?? 0,
  };
}
