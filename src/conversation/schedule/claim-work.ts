import { ignoreStoreUnavailable } from '../../errors.ts';
import type { PendingConversation } from '../../store/records.ts';
import type { Turns } from '../../store/types.ts';

/** Interval between two claims, ms: how long work of an ended process waits at most while another has free slots. */
const CLAIM_INTERVAL_MS = 500;

/**
 * Takes over the work of processes that ended, in a store that several processes share: at most as many conversations as
 * turns can start at once, so that other processes can take over the rest.
 */
export function createWorkClaims(options: {
  turns: Pick<Turns, 'claim'>;
  countFreeSlots(): number;
  /** Schedules the conversations that were taken over. */
  schedule(conversations: readonly PendingConversation[]): void;
  reportError(error: unknown): void;
}) {
  let timer: NodeJS.Timeout | undefined;

  async function claimWork(claim: NonNullable<Turns['claim']>): Promise<void> {
    const freeSlots = options.countFreeSlots();
    if (freeSlots > 0) options.schedule(await claim(freeSlots));
  }

  return {
    /** Claims at regular intervals; without effect when no other process uses the store, or after an earlier call. */
    start(): void {
      const { claim } = options.turns;
      if (!claim) return;
      const tryToClaim = () => void claimWork(claim).catch(ignoreStoreUnavailable).catch(options.reportError);
      timer ??= setInterval(tryToClaim, CLAIM_INTERVAL_MS).unref();
    },
    stop(): void {
      clearInterval(timer);
    },
  };
}
