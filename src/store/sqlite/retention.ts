import type { Sql } from './connection.ts';
import type { Database } from './database.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DEAD_LETTER_MS = 30 * DAY_MS;
/** Longest lifetime of a key: 30 days for alerts, and a day because the clock may be set back, ms. */
const MAX_KEY_LIFETIME_MS = 31 * DAY_MS;
/** Days of token counts kept: today's in any time zone. */
const MAX_TOKEN_DAYS = 3;
/** Maximum rows of a table per transaction, because a transaction blocks the event loop. */
const MAX_DELETED_ROWS = 200;
/** The clock may run ahead of the time that passed by this much and is still trusted, ms. */
const MAX_CLOCK_JUMP_MS = DAY_MS;
/** How long dead letters are not deleted after a larger jump, in running time of the service: operators have a weekend to notice, ms. */
const HOLD_MS = 3 * DAY_MS;

/**
 * Deletes rows whose retention has ended. `now` is the wall clock, `monotonic` a clock that is never set (both ms). Also
 * deletes rows dated further ahead than possible, which were written while the clock was ahead, except dead letters.
 *
 * Dead letters are the only rows whose early deletion would do harm, so a wall clock that is set ahead must not delete
 * them: when it advanced a day more than the time that passed, or a day while no process ran, they are kept for HOLD_MS
 * longer. The time of the last prune and what is left of the hold are stored, so a restart changes nothing.
 */
export function createRetention(database: Database, now: () => number, monotonic: () => number) {
  let lastPruneAt: number | null = null;

  function pruneTurns(sql: Sql, state: 'done' | 'dead', endedBefore: number, endedAfter: number): number {
    const old = sql(
      `SELECT id, sender FROM turns WHERE state = ? AND (ended_at < ? OR ended_at > ?) LIMIT ${MAX_DELETED_ROWS}`,
    );
    let deleted = 0;
    for (const { id, sender } of old.all(state, endedBefore, endedAfter)) {
      const messages = sql('DELETE FROM messages WHERE sender = ? AND turn_id = ?').run(sender as string, id as string);
      const turns = sql('DELETE FROM turns WHERE id = ?').run(id as string);
      deleted += Number(messages.changes) + Number(turns.changes);
    }
    return deleted;
  }

  function pruneSlice(sql: Sql, at: number, sessionIdleMs: number, holdsDeadLetters: boolean): number {
    const remove = (table: string, key: string, condition: string, from: number, to: number) =>
      Number(
        sql(
          `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${MAX_DELETED_ROWS})`,
        ).run(from, to).changes,
      );
    const lastDay = new Date(at - MAX_TOKEN_DAYS * DAY_MS).toISOString().slice(0, 10);
    return (
      pruneTurns(sql, 'done', at - DAY_MS, at + DAY_MS) +
      (holdsDeadLetters ? 0 : pruneTurns(sql, 'dead', at - DEAD_LETTER_MS, Number.MAX_SAFE_INTEGER)) +
      remove('sessions', 'sender', 'updated_at < ? OR updated_at > ?', at - sessionIdleMs, at) +
      remove('expiring_keys', 'key', 'expires_at <= ? OR expires_at > ?', at, at + MAX_KEY_LIFETIME_MS) +
      remove('refusals', 'rowid', 'at < ? OR at > ?', at - DAY_MS, at + DAY_MS) +
      remove('idempotency_keys', 'key', 'at <= ? OR at > ?', at - DAY_MS, at + DAY_MS) +
      Number(sql('DELETE FROM token_usage WHERE day < ?').run(lastDay).changes)
    );
  }

  /** In slices, each in its own transaction, so that a large backlog does not block the event loop. */
  async function prune(sessionIdleMs: number): Promise<number> {
    const at = now();
    const prunedAt = monotonic();
    const passedMs = lastPruneAt === null ? 0 : prunedAt - lastPruneAt;
    const { holdsDeadLetters, rewrites } = await database.write('prune', ({ sql }) => ({
      holdsDeadLetters: updateHold(sql, at, passedMs) > 0,
      rewrites: isRewriteDue(sql, at),
    }));
    lastPruneAt = prunedAt;
    let deleted = 0;
    for (let slice = -1; slice !== 0; deleted += slice) {
      // The time of each slice: what was written since the first one does not lie in the future.
      slice = await database.write('prune', ({ sql }) => pruneSlice(sql, now(), sessionIdleMs, holdsDeadLetters));
    }
    database.maintain(rewrites);
    return deleted;
  }

  return { prune };
}

/** How long dead letters are still held, ms, when the wall clock shows `at` and `passedMs` have passed since the last prune. */
function updateHold(sql: Sql, at: number, passedMs: number): number {
  const lastAt = readValue(sql, 'pruned-at');
  const hasJumped = lastAt !== null && at - lastAt > passedMs + MAX_CLOCK_JUMP_MS;
  const holdMs = hasJumped ? HOLD_MS : Math.max(0, (readValue(sql, 'hold-ms') ?? 0) - passedMs);
  writeValue(sql, 'pruned-at', at);
  writeValue(sql, 'hold-ms', holdMs);
  return holdMs;
}

/** True once a day. */
function isRewriteDue(sql: Sql, at: number): boolean {
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
