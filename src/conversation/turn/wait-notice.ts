import type { Turn } from '../../store/records.ts';
import type { ProgressNotice } from './progress-notice.ts';
import type { TurnContext } from './turn-context.ts';

/** A sender who has no reply after this time gets the wait notice, ms. */
const WAIT_NOTICE_AFTER_MS = 25_000;

/** Sends the wait notice; the time counts over all attempts of a turn. */
export function createWaitNotice(options: {
  progressNotice: ProgressNotice;
  text: string;
  reportError(error: unknown): void;
  afterMs?: number;
}) {
  const { progressNotice, text, reportError, afterMs = WAIT_NOTICE_AFTER_MS } = options;

  /** @returns a function that ends the waiting and resolves when a notice in flight was sent: the reply is sent after it */
  return function startWaitNotice(turn: Turn, context: Pick<TurnContext, 'signal' | 'maySend'>): () => Promise<void> {
    let sending: Promise<void> | undefined;
    const timer = setTimeout(
      () => {
        if (progressNotice.isDue(turn, context)) sending = progressNotice.send(turn, text).catch(reportError);
      },
      Math.max(0, afterMs - turn.elapsedMs),
    );
    return async () => {
      clearTimeout(timer);
      await sending;
    };
  };
}
