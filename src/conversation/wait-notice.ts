import type { FonnteClient } from '../fonnte/client.ts';
import type { Turn } from '../store/records.ts';
import { one, type Turns } from '../store/types.ts';
import { isUpstreamError } from '../upstream/errors.ts';
import type { TurnContext } from './turn-context.ts';

/** A sender who has no reply after this time gets the wait notice, ms. */
export const WAIT_NOTICE_AFTER_MS = 25_000;

/**
 * Sends the wait notice once per turn, however many attempts it takes; the time counts over all attempts. A notice that
 * cannot be sent is not repeated.
 */
export function createWaitNotice(options: {
  fonnte: Pick<FonnteClient, 'send' | 'isQuotaReserved'>;
  turns: Pick<Turns, 'markWaitNoticeSent'>;
  text: string;
  reportError(error: unknown): void;
  afterMs?: number;
}) {
  const { fonnte, turns, text, reportError, afterMs = WAIT_NOTICE_AFTER_MS } = options;

  async function send(turn: Turn): Promise<void> {
    turn.waitNoticeSent = true;
    // Recorded first: a second wait notice is worse than a missing one.
    await one(turns.markWaitNoticeSent([turn.id]));
    await fonnte.send({ target: turn.sender, message: text }).catch((error: unknown) => {
      if (!isUpstreamError(error)) throw error;
    });
  }

  /** @returns a function that ends the waiting and resolves when a notice in flight was sent: the reply is sent after it */
  return function startWaitNotice(turn: Turn, context: Pick<TurnContext, 'signal' | 'maySend'>): () => Promise<void> {
    if (turn.waitNoticeSent || turn.kind !== 'answer' || fonnte.isQuotaReserved()) return async () => {};
    let sending: Promise<void> | undefined;
    const timer = setTimeout(
      () => {
        if (context.maySend() && !context.signal.aborted) sending = send(turn).catch(reportError);
      },
      Math.max(0, afterMs - turn.elapsedMs),
    );
    return async () => {
      clearTimeout(timer);
      await sending;
    };
  };
}
