import type { Connection } from './connection.ts';

/** A deletion is found this long after its record was made, ms: its transaction may end later. */
const MARGIN_MS = 5_000;

/** Finds the senders that any instance deletes. `poll` must be called every few seconds. */
export function watchForgotten(connection: Connection, schema: string) {
  const listeners = new Set<(sender: string) => void>();
  let polledAt = performance.now();
  return {
    onForget: (listener: (sender: string) => void): void => void listeners.add(listener),

    /** Calls the listeners with each sender that was deleted since the last call, some of them twice. */
    async poll(): Promise<void> {
      const at = performance.now();
      const sinceMs = Math.ceil(at - polledAt) + MARGIN_MS;
      const senders = await connection.query(`SELECT ${schema}.list_forgotten($1) AS result`, [sinceMs]);
      polledAt = at;
      for (const sender of senders as string[]) for (const listener of listeners) listener(sender);
    },
  };
}
