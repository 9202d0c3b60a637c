import type { Engine, Transaction } from './engine.ts';

export type Pending = ReturnType<typeof createPending>;

/**
 * The messages that are accepted and not yet answered, by number and time: asked at every acceptance and health check,
 * and an index of them would cost each message two pages of the log. Read anew from the table whenever the file is opened.
 */
export function createPending(engine: Engine) {
  const times = new Map<number, number>();

  const read = (sql: Transaction['sql']) => {
    const rows = sql('SELECT seq, received_at AS at FROM messages WHERE done_at IS NULL').all();
    times.clear();
    for (const { seq, at } of rows) times.set(seq as number, at as number);
  };
  engine.read('pending', read);
  engine.onReopened(read);

  function add(transaction: Transaction, seq: number, at: number): void {
    times.set(seq, at);
    transaction.onRollback(() => times.delete(seq));
  }

  function remove(transaction: Transaction, seq: number): void {
    const at = times.get(seq);
    if (at === undefined) return;
    times.delete(seq);
    transaction.onRollback(() => times.set(seq, at));
  }

  return {
    add,
    remove,
    count: () => times.size,
    seqs: () => [...times.keys()],
    /** When the oldest of them came, ms since the epoch; null: none is pending. */
    oldestAt(): number | null {
      let oldest: number | null = null;
      for (const at of times.values()) if (oldest === null || at < oldest) oldest = at;
      return oldest;
    },
  };
}
