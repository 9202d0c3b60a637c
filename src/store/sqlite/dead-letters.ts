import type { Inbox } from '../types.ts';
import type { Database } from './database.ts';
import { messageRows, toDeadLetter } from './rows.ts';
import type { TurnState } from './turn-state.ts';

type DeadLetters = Pick<Inbox, 'moveToDeadLetters' | 'deadLetters' | 'replay' | 'discard'>;

/** Creates the operations of dead letters: move, list, replay, discard. */
export function createDeadLetters(database: Database, turns: TurnState, now: () => number): DeadLetters {
  return {
    async moveToDeadLetters(id, deadLetterReason) {
      await database.write('move to dead letters', (transaction) => {
        const { sql } = transaction;
        if (!turns.load(sql, id)) return;
        turns.recordProblem(transaction, id, { ...deadLetterReason, at: now() });
        // Deletes the apology: a replay generates a new reply.
        sql(
          `UPDATE turns SET parts = NULL, parts_sent = 0, reply_at = NULL, entries = NULL, notes = NULL
           WHERE id = ? AND dead_letter_reason IS NOT NULL`,
        ).run(id);
        sql('UPDATE turns SET dead_letter_reason = ? WHERE id = ?').run(JSON.stringify(deadLetterReason), id);
        turns.end(transaction, id, 'dead', 'dead');
      });
    },

    deadLetters: async ({ limit, cursor }) =>
      database.read('dead letters', (sql) =>
        sql(
          "SELECT * FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL ORDER BY ended_at DESC, id LIMIT ? OFFSET ?",
        )
          .all(limit, cursor)
          .map((row) => toDeadLetter(row, messageRows(sql, { sender: row.sender as string, id: row.id as string }))),
      ),

    replay: (id) =>
      database.write('replay', (transaction) => {
        const { sql } = transaction;
        const row = sql('SELECT sender, state FROM turns WHERE id = ?').get(id);
        if (!row || row.state === 'done') return 'unknown';
        if (row.state === 'open') return 'running';
        sql(
          `UPDATE turns SET state = 'open', outcome = NULL, ended_at = NULL, dead_letter_reason = NULL, elapsed_ms = 0,
           send_failures = 0, failing_since = NULL, retry_at = NULL, crashes = 0 WHERE id = ?`,
        ).run(id);
        const sender = row.sender as string;
        turns.setMessagesDone(transaction, { sender, id }, null);
        return { sender };
      }),

    async discard(id) {
      const discarded = await database.write('discard', ({ sql }) => {
        const row = sql("DELETE FROM turns WHERE id = ? AND state = 'dead' RETURNING sender").get(id);
        if (!row) return false;
        sql('DELETE FROM messages WHERE sender = ? AND turn_id = ?').run(row.sender as string, id);
        return true;
      });
      if (discarded) database.maintain(false);
      return discarded;
    },
  };
}
