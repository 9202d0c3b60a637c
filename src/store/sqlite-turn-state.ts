import type { Transaction } from './engine.ts';
import { turnOf } from './sqlite-rows.ts';
import type { Doom, Turn } from './store.ts';

/** Problems that a turn remembers, newest kept. */
const HISTORY_KEPT = 20;

export type TurnState = ReturnType<typeof createTurnState>;

/** The steps that the life and the end of a turn share; each is part of its caller's transaction. */
export function createTurnState(options: {
  now: () => number;
  pendingChanged(transaction: Transaction, by: number): void;
}) {
  /** The messages of a turn are pending no more since `doneAt`; null: they are again. */
  function countMessages(transaction: Transaction, id: string, doneAt: number | null) {
    const { changes } = transaction.sql('UPDATE messages SET done_at = ? WHERE turn_id = ?').run(doneAt, id);
    options.pendingChanged(transaction, doneAt === null ? Number(changes) : -Number(changes));
  }

  return {
    countMessages,

    /** An open turn with its messages; null where it has ended or is gone. */
    load(sql: Transaction['sql'], id: string): Turn | null {
      const row = sql("SELECT * FROM turns WHERE id = ? AND state = 'open'").get(id);
      return row ? turnOf(row, sql('SELECT * FROM messages WHERE turn_id = ? ORDER BY seq').all(id)) : null;
    },

    end(transaction: Transaction, id: string, state: 'done' | 'dead', outcome: string) {
      const at = options.now();
      transaction
        .sql("UPDATE turns SET state = ?, outcome = ?, ended_at = ?, retry_at = NULL WHERE id = ? AND state = 'open'")
        .run(state, outcome, at, id);
      countMessages(transaction, id, at);
    },

    noteProblem({ sql }: Transaction, id: string, problem: Doom & { at: number }) {
      const row = sql("SELECT history FROM turns WHERE id = ? AND state = 'open'").get(id);
      if (!row) return;
      const history = [...(JSON.parse(row.history as string) as object[]), problem].slice(-HISTORY_KEPT);
      sql('UPDATE turns SET history = ? WHERE id = ?').run(JSON.stringify(history), id);
    },
  };
}
