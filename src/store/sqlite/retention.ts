import { DAY_MS } from '../../time/units.ts';
import { MAX_CLOCK_JUMP_MS, MAX_PAUSE_MS, type Retention, type Store } from '../types.ts';
import type { Sql } from './connection.ts';
import type { Database } from './database.ts';

/** Maximum rows of a table per transaction, because a transaction blocks the event loop. */
const MAX_DELETED_ROWS = 200;

/**
 * Creates `Store.prune`. `now` is the wall clock, `monotonicNow` a clock that is never set (both ms). Also deletes rows dated
 * further ahead than possible, which were written while the clock was ahead, except dead letters.
 *
 * Dead letters are the only rows whose early deletion would do harm, so a wall clock that is set ahead must not delete
 * them: when it advanced a day more than the time that passed, or a day while no process ran, they are stored for
 * `deadLetterHoldMs` longer. The time of the last prune and what is left of the hold are stored, so a restart changes nothing.
 */
export function createPrune(
  database: Database,
  retention: Retention,
  now: () => number,
  monotonicNow: () => number,
): Store['prune'] {
  let lastPruneAt: number | null = null;

  /** In slices, each in its own transaction, so that a large backlog does not block the event loop. */
  return async function prune() {
    const at = now();
    const prunedAt = monotonicNow();
    const passedMs = lastPruneAt === null ? 0 : prunedAt - lastPruneAt;
    const { holdsDeadLetters, rewrites } = await database.write('prune', (sql) => ({
      holdsDeadLetters: updateHold(sql, at, passedMs, retention.deadLetterHoldMs) > 0,
      rewrites: claimDailyRewrite(sql, at),
    }));
    lastPruneAt = prunedAt;
    let deleted = 0;
    for (let slice = -1; slice !== 0; deleted += slice) {
      // The time of each slice: what was written since the first one does not lie in the future.
      slice = await database.write('prune', (sql) => pruneSlice(sql, now(), retention, holdsDeadLetters));
    }
    database.maintain(rewrites);
    return deleted;
  };
}

/** @returns the number of deleted rows; 0 when no row is left whose retention has ended */
function pruneSlice(sql: Sql, at: number, retention: Retention, holdsDeadLetters: boolean): number {
  const { sessionMs, answeredMs, deadLetterMs, idempotencyKeyMs, sentAlertMs, tokenUsageMs } = retention;

  /** Deletes rows dated before `from` or after `to`. */
  const remove = (table: string, key: string, time: string, from: number, to: number) =>
    Number(
      sql(
        `DELETE FROM ${table} WHERE ${key} IN
         (SELECT ${key} FROM ${table} WHERE ${time} < ? OR ${time} > ? LIMIT ?)`,
      ).run(from, to, MAX_DELETED_ROWS).changes,
    );

  const removeTurns = (state: 'done' | 'dead', from: number, to: number) => {
    const ended = sql('SELECT id, sender FROM turns WHERE state = ? AND (ended_at < ? OR ended_at > ?) LIMIT ?');
    let deleted = 0;
    for (const { id, sender } of ended.all(state, from, to, MAX_DELETED_ROWS)) {
      const messages = sql('DELETE FROM messages WHERE sender = ? AND turn_id = ?').run(sender as string, id as string);
      const turns = sql('DELETE FROM turns WHERE id = ?').run(id as string);
      deleted += Number(messages.changes) + Number(turns.changes);
    }
    return deleted;
  };

  const firstDay = new Date(at - tokenUsageMs).toISOString().slice(0, 10);
  return (
    removeTurns('done', at - answeredMs, at + answeredMs) +
    (holdsDeadLetters ? 0 : removeTurns('dead', at - deadLetterMs, Number.MAX_SAFE_INTEGER)) +
    remove('sessions', 'sender', 'updated_at', at - sessionMs, at) +
    remove('pauses', 'sender', 'ends_at', at - answeredMs, at + MAX_PAUSE_MS + MAX_CLOCK_JUMP_MS) +
    remove('refusals', 'rowid', 'at', at - answeredMs, at + answeredMs) +
    remove('idempotency_keys', 'key', 'at', at - idempotencyKeyMs + 1, at + idempotencyKeyMs) +
    // Alerts are the keys with the longest lifetime.
    remove('expiring_keys', 'key', 'expires_at', at + 1, at + sentAlertMs + MAX_CLOCK_JUMP_MS) +
    Number(sql('DELETE FROM token_usage WHERE day < ?').run(firstDay).changes)
  );
}

/** How long dead letters are still held, ms, when the wall clock shows `at` and `passedMs` have passed since the last prune. */
function updateHold(sql: Sql, at: number, passedMs: number, fullHoldMs: number): number {
  const lastAt = readValue(sql, 'pruned-at');
  const hasJumped = lastAt !== null && at - lastAt > passedMs + MAX_CLOCK_JUMP_MS;
  const holdMs = hasJumped ? fullHoldMs : Math.max(0, (readValue(sql, 'hold-ms') ?? 0) - passedMs);
  writeValue(sql, 'pruned-at', at);
  writeValue(sql, 'hold-ms', holdMs);
  return holdMs;
}

/** Returns whether a rewrite is due, which it is once a day, and records its time. */
function claimDailyRewrite(sql: Sql, at: number): boolean {
  const lastAt = readValue(sql, 'rewritten-at');
  if (lastAt !== null && at >= lastAt && at - lastAt < DAY_MS) return false;
  writeValue(sql, 'rewritten-at', at);
  return true;
}

function readValue(sql: Sql, name: string): number | null {
  return (sql('SELECT value FROM maintenance WHERE name = ?').get(name)?.value as number | undefined) ?? null;
}

function writeValue(sql: Sql, name: string, value: number): void {
  sql('INSERT OR REPLACE INTO maintenance (name, value) VALUES (?, ?)').run(name, Math.round(value));
}
