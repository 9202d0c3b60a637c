import { ignoreStoreUnavailable } from '../../errors.ts';
import type { Events } from '../../events.ts';
import type { StoredReply, Turn } from '../../store/records.ts';
import { one, type Turns } from '../../store/types.ts';
import type { StoreRetry } from '../store-retry.ts';
import type { TurnContext } from '../turn/turn-context.ts';
import { MAX_MESSAGES_PER_TURN, msUntilClosed, selectJoining } from './select-messages.ts';

/** How a reply is composed and stored. */
export interface ReplySteps {
  /** The user who gets the reply; messages of another user do not join. */
  userId: string;
  /** Composes the reply to `turn.messages`; the signal also aborts when a message joins. @returns null when the turn ended without a reply */
  compose(context: TurnContext): Promise<StoredReply | null>;
  /** Stores the reply; with `requiresNoWaiting`, only while no message of the sender waits. @returns false when it was not stored */
  save(reply: StoredReply, requiresNoWaiting: boolean): Promise<boolean>;
}

/**
 * Creates `coalesce`: composes the reply of a turn at once and repeats that with all messages whenever one joins
 * (`selectJoining`). A reply is stored when no further message can join. The store has the messages of the turn before the
 * model is asked about them, so a later process continues with the same messages.
 */
export function createCoalescing(options: {
  turns: Pick<Turns, 'loadOpen' | 'join'>;
  /** COALESCE_WINDOW_MS; 0: no message joins. */
  windowMs: number;
  withStoreRetry: StoreRetry;
  events: Events;
  reportError(error: unknown): void;
  now: () => number;
}) {
  const { turns, windowMs, withStoreRetry, events, reportError, now } = options;

  /**
   * @returns the stored reply; null when no reply was stored, because the turn ended without one or was deleted
   * @throws the errors of `compose`
   */
  return async function coalesce(turn: Turn, context: TurnContext, steps: ReplySteps): Promise<StoredReply | null> {
    if (windowMs === 0 || turn.kind !== 'answer') {
      const reply = await steps.compose(context);
      return reply && (await steps.save(reply, false)) ? reply : null;
    }
    let reply: StoredReply | null = null;
    for (;;) {
      using watch = watchMessages(turn, context, steps.userId);
      const update = () => addJoining(turn, steps.userId);
      // A finished reply is not lost because the store is unavailable for a moment.
      const change = await (reply ? withStoreRetry(update) : update());
      if (change === 'deleted') return null;
      if (reply && !change.hasJoined) {
        // After a message that does not join, no later message joins.
        if (await steps.save(reply, !change.isClosed)) return reply;
        continue;
      }
      const result = await composeUntilClosed(turn, context, steps, watch);
      if (result === null) return null;
      reply = result === 'changed' ? null : result;
    }
  };

  /** Adds the joining messages to the turn and its record. `isClosed`: a message waits that does not join. */
  async function addJoining(
    turn: Turn,
    userId: string,
  ): Promise<'deleted' | { hasJoined: boolean; isClosed: boolean }> {
    const open = await one(turns.loadOpen([{ id: turn.id, limit: MAX_MESSAGES_PER_TURN + 1 }]));
    if (!open) return 'deleted';
    const joining = selectJoining(open, { windowMs, userId });
    const seqs = joining.map(({ seq }) => seq);
    const joined = joining.length > 0 ? await one(turns.join([{ id: turn.id, seqs }])) : open.turn;
    if (!joined) return 'deleted';
    const hasJoined = joined.messages.length > turn.messages.length;
    turn.messages = joined.messages;
    if (hasJoined) events.emit({ type: 'turn.joined', seqs: joined.messages.map(({ seq }) => seq) });
    return { hasJoined, isClosed: open.waiting.length > joining.length };
  }

  /** Composes the reply and waits until no message can join. @returns `changed` when one joins or the turn is deleted */
  async function composeUntilClosed(
    turn: Turn,
    context: TurnContext,
    { compose }: ReplySteps,
    watch: MessageWatch,
  ): Promise<StoredReply | 'changed' | null> {
    if (watch.hasChanged()) return 'changed';
    const signal = AbortSignal.any([context.signal, watch.signal]);
    const [composed] = await Promise.allSettled([compose({ ...context, signal })]);
    if (composed.status === 'fulfilled' && composed.value === null) return null;
    if (composed.status === 'rejected' && context.signal.aborted) throw composed.reason;
    // Also after a failure: the apology is a reply too.
    const leftMs = context.deadlineAt - performance.now();
    await watch.closedWithin(Math.min(leftMs, msUntilClosed(turn.messages, windowMs, now())));
    if (watch.hasChanged()) return 'changed';
    if (composed.status === 'rejected') throw composed.reason;
    return composed.value;
  }

  function watchMessages(turn: Turn, context: TurnContext, userId: string): MessageWatch {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    const check = async () => {
      if (!context.acceptsMessages()) closed.resolve();
      const open = await one(turns.loadOpen([{ id: turn.id, limit: 1 }]));
      if (open && selectJoining(open, { windowMs, userId }).length === 0) return;
      controller.abort();
      closed.resolve();
    };
    // Without the store nothing is lost: `saveReply` checks again for waiting messages.
    const stopWatching = context.watch(() => void check().catch(ignoreStoreUnavailable).catch(reportError));
    return {
      signal: controller.signal,
      hasChanged: () => controller.signal.aborted,
      async closedWithin(ms) {
        if (ms <= 0 || !context.acceptsMessages()) return;
        const timer = setTimeout(closed.resolve, ms);
        await closed.promise;
        clearTimeout(timer);
      },
      [Symbol.dispose]: stopWatching,
    };
  }
}

export type Coalesce = ReturnType<typeof createCoalescing>;

/** Watches a turn while its reply is composed. */
interface MessageWatch extends Disposable {
  /** Aborts when a message joins or the turn is deleted. */
  signal: AbortSignal;
  hasChanged(): boolean;
  /** Resolves after `ms`, or before when the signal aborts or the shutdown begins. */
  closedWithin(ms: number): Promise<void>;
}
