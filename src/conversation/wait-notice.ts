import type { FonnteClient } from '../fonnte/client.ts';
import type { Inbox, Turn } from '../store/types.ts';
import { isUpstreamError } from '../upstream/errors.ts';
import type { TurnContext } from './turn-context.ts';

/** Without an answer for so long, the sender is told that it takes a moment, ms. */
export const WAIT_NOTICE_AFTER_MS = 25_000;

/**
 * Tells the sender once a turn, however often it is tried, that the answer takes a moment. `watch` starts counting where
 * the earlier tries stopped; what it returns ends it. A word that can't be sent is not repeated.
 */
export function createWaitNotice(options: {
  fonnte: Pick<FonnteClient, 'send' | 'isQuotaReserved'>;
  inbox: Pick<Inbox, 'markWaitNoticeSent'>;
  text: string;
  patienceMs: number;
}) {
  const { fonnte, inbox, text } = options;

  async function tell(turn: Turn): Promise<void> {
    turn.waitNoticeSent = true;
    // Noted first: a second «please wait» is worse than none.
    await inbox.markWaitNoticeSent(turn.id);
    await fonnte.send({ target: turn.sender, message: text }).catch((error: unknown) => {
      if (!isUpstreamError(error)) throw error;
    });
  }

  /** Resolves when the word, if it was being sent, is out: the reply must come after it. */
  return function watch(turn: Turn, slot: TurnContext, onError: (error: unknown) => void): () => Promise<void> {
    if (turn.waitNoticeSent || turn.kind !== 'answer' || fonnte.isQuotaReserved()) return async () => {};
    let told: Promise<void> | undefined;
    const timer = setTimeout(
      () => {
        if (slot.maySend() && !slot.signal.aborted) told = tell(turn).catch(onError);
      },
      Math.max(0, options.patienceMs - turn.elapsedMs),
    );
    return async () => {
      clearTimeout(timer);
      await told;
    };
  };
}
