import { ignoreStoreUnavailable } from '../errors.ts';
import { dayAt } from '../supabase/calendar.ts';

/** Counts tokens per user and day; days as `2026-11-24`. Each operation returns one promise per item. */
export interface TokenUsageStore {
  used(queries: { userId: string; day: string }[]): Promise<number>[];
  add(additions: { userId: string; day: string; tokens: number }[]): Promise<void>[];
}

/** Limits the Gemini tokens of each user per day. `limit` 0: no limit. A day begins at midnight in `timezone`. */
export function createTokenBudget(options: {
  usageStore: TokenUsageStore;
  limit: number;
  timezone: string;
  now: () => number;
  /** Receives unexpected errors of the store; the turn continues. */
  onError(error: unknown): void;
}) {
  const { usageStore, limit, timezone, now, onError } = options;
  return {
    /** Returns whether the user has used today's tokens. Check at the start of a turn only: a started turn completes. */
    async isExceeded(userId: string): Promise<boolean> {
      if (limit === 0) return false;
      const [used = 0] = await Promise.all(usageStore.used([{ userId, day: dayAt(now(), timezone) }]));
      return used >= limit;
    },
    /** Adds tokens without waiting. The store writes them before anything that is written later. */
    record(userId: string, tokens: number): void {
      if (tokens <= 0) return;
      const added = usageStore.add([{ userId, day: dayAt(now(), timezone), tokens }]);
      // A failed count must not repeat a finished request.
      Promise.all(added).catch(ignoreStoreUnavailable).catch(onError);
    },
  };
}

export type TokenBudget = ReturnType<typeof createTokenBudget>;
