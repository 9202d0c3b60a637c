import type { DeadLetterReason, Turn } from '../types.ts';
import type { Transaction } from './database.ts';
import type { PendingLimit } from './pending-count.ts';
import { messageRows, type Row, type TurnKey, toMessage, toTurn } from './rows.ts';

/** Problems that a turn remembers, newest kept. */
const HISTORY_KEPT = 20;

export type TurnState = ReturnType<typeof createTurnState>;

/** The steps that the life and the end of a turn share; each is part of its caller's transaction. */
export function createTurnState({
  now,
  pending,
  processId,
}: {
  now: () => number;
  pending: PendingLimit;
  /** Names this process in `run_by`, so that a turn whose process died is recognised by another's name. */
  processId: string;
}) {
  /** Crashes of a turn, with the death of the process that ran it last, which `resume` has not recorded yet. */
  const countCrashes = ({ crashes, run_by: runBy }: Row): number =>
    Number(crashes) + (runBy !== null && runBy !== processId ? 1 : 0);

  /** The messages of a turn are pending no more since `doneAt`; null: they are again. */
  function countMessages(transaction: Transaction, { sender, id }: TurnKey, doneAt: number | null) {
    transaction.sql('UPDATE messages SET done_at = ? WHERE sender = ? AND turn_id = ?').run(doneAt, sender, id);
    if (doneAt === null) pending.reset();
  }

  return {
    processId,
    countCrashes,
    countMessages,

    /** An open turn with its messages; null where it has ended or is gone. */
    load(sql: Transaction['sql'], id: string): Turn | null {
      const row = sql("SELECT * FROM turns WHERE id = ? AND state = 'open'").get(id);
      if (!row) return null;
      const messages = messageRows(sql, { sender: row.sender as string, id }).map(toMessage);
      return { ...toTurn(row, messages), crashes: countCrashes(row) };
    },

    /** Ends an open turn; whose it was, or null where it has ended or is gone. */
    end(transaction: Transaction, id: string, state: 'done' | 'dead', outcome: string): { sender: string } | null {
      const at = now();
      const ended = transaction
        .sql(
          `UPDATE turns SET state = ?, outcome = ?, ended_at = ?, retry_at = NULL, run_by = NULL WHERE id = ? AND state = 'open'
           RETURNING sender`,
        )
        .get(state, outcome, at, id);
      if (!ended) return null;
      const sender = ended.sender as string;
      countMessages(transaction, { sender, id }, at);
      return { sender };
    },

    noteProblem({ sql }: Transaction, id: string, problem: DeadLetterReason & { at: number }) {
      const row = sql("SELECT history FROM turns WHERE id = ? AND state = 'open'").get(id);
      if (!row) return;
      const history = [...(JSON.parse(row.history as string) as object[]), problem].slice(-HISTORY_KEPT);
      sql('UPDATE turns SET history = ? WHERE id = ?').run(JSON.stringify(history), id);
    },
  };
}
