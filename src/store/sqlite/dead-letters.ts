import { readConversationKey } from '../../conversation-key.ts';
import type { DeadLetters } from '../types.ts';
import type { Database } from './database.ts';
import type { PendingLimit } from './pending-count.ts';
import { loadDeadLetter } from './rows.ts';

/** Creates the operations of dead letters. */
export function createDeadLetters(database: Database, pending: PendingLimit): DeadLetters {
  return {
    list: async ({ limit, cursor }) =>
      database.read('dead letters', (sql) =>
        sql(
          "SELECT * FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL ORDER BY ended_at DESC, id LIMIT ? OFFSET ?",
        )
          .all(limit, cursor)
          .map((row) => loadDeadLetter(sql, row)),
      ),

    replay: (id) =>
      database.write('replay', (sql) => {
        const row = sql('SELECT sender, state FROM turns WHERE id = ?').get(id);
        if (!row || row.state === 'done') return 'unknown';
        if (row.state === 'open') return 'running';
        const sender = readConversationKey(row.sender);
        sql(
          `UPDATE turns SET state = 'open', outcome = NULL, ended_at = NULL, dead_letter_reason = NULL, elapsed_ms = 0,
           send_failures = 0, failing_since = NULL, retry_at = NULL, crashes = 0 WHERE id = ?`,
        ).run(id);
        sql('UPDATE messages SET done_at = NULL WHERE sender = ? AND turn_id = ?').run(sender, id);
        pending.reset();
        return { sender };
      }),

    async discard(id) {
      const discarded = await database.write('discard', (sql) => {
        const row = sql("DELETE FROM turns WHERE id = ? AND state = 'dead' RETURNING sender").get(id);
        if (!row) return false;
        sql('DELETE FROM messages WHERE sender = ? AND turn_id = ?').run(readConversationKey(row.sender), id);
        return true;
      });
      if (discarded) database.maintain(false);
      return discarded;
    },
  };
}
