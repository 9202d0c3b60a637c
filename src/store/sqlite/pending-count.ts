import type { Sql } from './connection.ts';

/** Messages that are accepted and not yet answered; about 5 ms at 50,000. */
export function countPending(sql: Sql): number {
  return Number(sql('SELECT count(*) AS count FROM messages WHERE done_at IS NULL').get()?.count);
}

/** When the oldest of them arrived, ms since the epoch; null without a pending message. */
export function oldestPending(sql: Sql): number | null {
  const row = sql('SELECT min(received_at) AS at FROM messages WHERE done_at IS NULL').get();
  return (row?.at as number | null) ?? null;
}

export type PendingLimit = ReturnType<typeof createPendingLimit>;

/**
 * The limit on pending messages. It keeps an upper bound and counts only when that reaches `max`, because a count at every
 * message would take 5 ms at 50,000 pending.
 */
export function createPendingLimit(max: number) {
  let atMost = Number.POSITIVE_INFINITY;
  return {
    isFull(sql: Sql): boolean {
      if (atMost >= max) atMost = countPending(sql);
      return atMost >= max;
    },
    added(): void {
      atMost += 1;
    },
    /** Messages became pending in an unknown number. */
    reset(): void {
      atMost = Number.POSITIVE_INFINITY;
    },
  };
}
