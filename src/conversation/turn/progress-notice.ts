import { senderOf } from '../../conversation-key.ts';
import type { FonnteClient } from '../../fonnte/client.ts';
import type { Turn } from '../../store/records.ts';
import { one, type Turns } from '../../store/types.ts';
import { isUpstreamError } from '../../upstream/errors.ts';
import type { TurnContext } from './turn-context.ts';

/** Sends the one notice of a turn that has no reply yet. */
export interface ProgressNotice {
  /** Whether the turn may get the notice now. */
  isDue(turn: Turn, context: Pick<TurnContext, 'signal' | 'maySend'>): boolean;
  /** Sends the text; does nothing if the turn has its notice. */
  send(turn: Turn, text: string): Promise<void>;
}

/** Creates the sender. A turn gets at most one notice, however many attempts it takes; a failed send is not repeated. */
export function createProgressNotice(options: {
  deviceOf(turn: Turn): Pick<FonnteClient, 'send' | 'isQuotaReserved'>;
  turns: Pick<Turns, 'markWaitNoticeSent'>;
}): ProgressNotice {
  const { deviceOf, turns } = options;
  return {
    isDue: (turn, context) =>
      turn.kind === 'answer' &&
      !turn.waitNoticeSent &&
      !deviceOf(turn).isQuotaReserved() &&
      context.maySend() &&
      !context.signal.aborted,
    async send(turn, text) {
      if (turn.waitNoticeSent) return;
      turn.waitNoticeSent = true;
      // Recorded first: a second notice is worse than a missing one.
      await one(turns.markWaitNoticeSent([turn.id]));
      const sent = deviceOf(turn).send({ target: senderOf(turn.sender), message: text });
      await sent.catch((error: unknown) => {
        if (!isUpstreamError(error)) throw error;
      });
    },
  };
}
