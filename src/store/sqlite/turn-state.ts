import type { DeadLetterReason, Turn } from '../types.ts';
import type { Transaction } from './database.ts';
import type { PendingLimit } from './pending-count.ts';
import { messageRows, type Row, type TurnKey, toMessage, toTurn } from './rows.ts';

/** Maximum failures in a turn's history; the newest are kept. */
const MAX_HISTORY = 20;

export type TurnState = ReturnType<typeof createTurnState>;

/** Creates the operations that turns and dead letters share; each runs in its caller's transaction. */
export function createTurnState({
  now,
  pending,
  processId,
}: {
  now: () => number;
  pending: PendingLimit;
  /** Names this process in `run_by`, so that a different name marks a turn whose process died. */
  processId: string;
}) {
  /** Crashes of a turn, including the last process that died, which `resumeTurn` has not recorded yet. */
  const countCrashes = ({ crashes, run_by: runBy }: Row): number =>
    Number(crashes) + (runBy !== null && runBy !== processId ? 1 : 0);

  /** Marks the messages of a turn as done at `doneAt`; null: as pending. */
  function setMessagesDone(transaction: Transaction, { sender, id }: TurnKey, doneAt: number | null) {
    transaction.sql('UPDATE messages SET done_at = ? WHERE sender = ? AND turn_id = ?').run(doneAt, sender, id);
    if (doneAt === null) pending.reset();
  }

  return {
    processId,
    countCrashes,
    setMessagesDone,

    /** Loads an open turn with its messages. @returns null when it ended or was deleted */
    load(sql: Transaction['sql'], id: string): Turn | null {
      const row = sql("SELECT * FROM turns WHERE id = ? AND state = 'open'").get(id);
      if (!row) return null;
      const messages = messageRows(sql, { sender: row.sender as string, id }).map(toMessage);
      return { ...toTurn(row, messages), crashes: countCrashes(row) };
    },

    /** Ends an open turn. @returns its sender; null when it ended or was deleted */
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
      setMessagesDone(transaction, { sender, id }, at);
      return { sender };
    },

    recordProblem({ sql }: Transaction, id: string, problem: DeadLetterReason & { at: number }) {
      const row = sql("SELECT history FROM turns WHERE id = ? AND state = 'open'").get(id);
      if (!row) return;
      const history = [...(JSON.parse(row.history as string) as object[]), problem].slice(-MAX_HISTORY);
      sql('UPDATE turns SET history = ? WHERE id = ?').run(JSON.stringify(history), id);
    },
  };
}
