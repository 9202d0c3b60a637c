import type { Events } from '../../events.ts';
import type { DeadLetterReason, Turn } from '../../store/records.ts';
import { one, type Turns } from '../../store/types.ts';
import { addFailure } from '../retry-policy.ts';
import type { StoreRetry } from '../store-retry.ts';

export type MoveToDeadLetters = ReturnType<typeof createMoveToDeadLetters>;

/** Creates `moveToDeadLetters`: ends a turn as a dead letter, with its reply unless that is an apology. */
export function createMoveToDeadLetters(options: {
  turns: Pick<Turns, 'moveToDeadLetters'>;
  events: Events;
  withStoreRetry: StoreRetry;
  now: () => number;
}) {
  const { turns, events, withStoreRetry, now } = options;

  /** `label`: the reason in the event. */
  return async function moveToDeadLetters(
    turn: Turn,
    deadLetterReason: DeadLetterReason,
    label: string,
  ): Promise<void> {
    const hasReply = turn.parts !== null && !turn.apologyFor;
    const history = addFailure(turn, { ...deadLetterReason, at: now() });
    const dead = { id: turn.id, deadLetterReason, history, keepsReply: hasReply };
    await withStoreRetry(() => one(turns.moveToDeadLetters([dead])));
    events.emit({ type: 'turn.dead-lettered', upstream: deadLetterReason.upstream, reason: label, hasReply });
  };
}
