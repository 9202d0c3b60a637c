import { StoreUnavailable } from '../errors.ts';
import { dayAt } from '../sapa/calendar.ts';

/** Where tokens are counted; days as `2026-11-24`. */
export interface TokenLedger {
  used(userId: string, day: string): Promise<number>;
  add(userId: string, day: string, tokens: number): Promise<void>;
}

/** Gemini's tokens of each user a day; `limit` 0 is none. Days are those of `timezone`. */
export function createAllowance(options: { ledger: TokenLedger; limit: number; timezone: string; now: () => number }) {
  const { ledger, limit, timezone, now } = options;
  return {
    /** Whether a user's tokens of today are spent; asked when a turn starts, which then finishes whatever it takes. */
    async isSpent(userId: string): Promise<boolean> {
      return limit > 0 && (await ledger.used(userId, dayAt(now(), timezone))) >= limit;
    },
    /** Counts tokens, in the store before anything that is written later; nobody waits for it. */
    spend(userId: string, tokens: number): void {
      if (tokens > 0) ledger.add(userId, dayAt(now(), timezone), tokens).catch(unlessUnavailable);
    },
  };
}

/** Told as an event by the store; what was generated must not be generated again because it could not be counted. */
function unlessUnavailable(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}

export type Allowance = ReturnType<typeof createAllowance>;
