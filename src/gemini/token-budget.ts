import { StoreUnavailable } from '../errors.ts';
import { dayAt } from '../supabase/calendar.ts';

/** Where tokens are counted; days as `2026-11-24`. */
export interface TokenUsageStore {
  used(userId: string, day: string): Promise<number>;
  add(userId: string, day: string, tokens: number): Promise<void>;
}

/** Gemini's tokens of each user a day; `limit` 0 is none. Days are those of `timezone`. */
export function createTokenBudget(options: {
  ledger: TokenUsageStore;
  limit: number;
  timezone: string;
  now: () => number;
  /** Told of an error that nobody expects; the turn goes on. */
  onError(error: unknown): void;
}) {
  const { ledger, limit, timezone, now, onError } = options;
  return {
    /** Whether a user's tokens of today are spent; asked when a turn starts, which then finishes whatever it takes. */
    async isExceeded(userId: string): Promise<boolean> {
      return limit > 0 && (await ledger.used(userId, dayAt(now(), timezone))) >= limit;
    },
    /** Counts tokens, in the store before anything that is written later; nobody waits for it. */
    record(userId: string, tokens: number): void {
      if (tokens > 0) ledger.add(userId, dayAt(now(), timezone), tokens).catch(uncounted);
    },
  };

  /** What was generated must not be generated again because it could not be counted; of itself the store tells. */
  function uncounted(error: unknown): void {
    if (!(error instanceof StoreUnavailable)) onError(error);
  }
}

export type TokenBudget = ReturnType<typeof createTokenBudget>;
