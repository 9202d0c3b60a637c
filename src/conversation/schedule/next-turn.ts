import type { ConversationKey } from '../../conversation-key.ts';
import type { Turn } from '../../store/records.ts';
import { one, type Turns } from '../../store/types.ts';
import type { Message } from '../../types.ts';
import type { RunResult } from '../turn/run-turn.ts';
import type { TurnControl } from '../turn/turn-context.ts';
import { MAX_MESSAGES_PER_TURN, ownerOf, selectMessages, selectWork } from './select-messages.ts';
import { isLastStart, msUntilReleased, msUntilRetry } from './start-times.ts';

/** The facts about a conversation that a process remembers between its turns. */
export interface TurnState {
  /** The retry that its open turn waits for, by the monotonic clock (ms); null: the store's `retryAt` decides. */
  retry: { turnId: string; at: number } | null;
  /** Whether its next turn may start only while no other turn runs. */
  isSuspect: boolean;
}

/** The work of a conversation after a run: no work is left, or the next is due in `dueInMs`. */
export type RemainingWork = { kind: 'none' } | { kind: 'pending'; dueInMs: number };

/** The permissions that the scheduler grants to a turn of any kind. */
export type GrantedControl = Omit<TurnControl, 'prefersRules' | 'resumedAt'>;

export interface NextTurnOptions {
  turns: Turns;
  runTurn(turn: Turn, control: TurnControl): Promise<RunResult>;
  /** Whether the first of these waiting messages can be answered without a model. */
  needsNoModel(waiting: readonly Message[]): boolean;
  /** Called for a conversation that a pause holds, when it has a new message. */
  recordHeld(conversation: ConversationKey): Promise<unknown>;
  /** For how many ms nothing can be sent in a conversation; until then no new answer is generated. */
  sendBlockedForMs(conversation: ConversationKey): number;
  now: () => number;
}

/** Delay of the next attempt while the store is unavailable, or another process may have taken over the turn, ms. */
export const STORE_RETRY_MS = 1_000;

const NO_WORK: RemainingWork = { kind: 'none' };
const DUE_NOW: RemainingWork = { kind: 'pending', dueInMs: 0 };

/**
 * Selects the next work of a conversation and runs it as one turn, if it is due.
 *
 * A pause holds the conversation: no turn starts, except one that was sending its reply.
 *
 * While a turn waits for a model and its sender has the notice of that, messages that need no model are answered first.
 */
export function createRunNextTurn({
  turns,
  runTurn,
  needsNoModel,
  recordHeld,
  sendBlockedForMs,
  now,
}: NextTurnOptions) {
  /** Changes `state` with the turn. `grantControl` is called with the id of the turn that starts. */
  return async function runNextTurn(
    conversation: ConversationKey,
    state: TurnState,
    grantControl: (turnId: string) => GrantedControl,
  ): Promise<RemainingWork> {
    const next = await one(turns.loadNext([{ sender: conversation, limit: MAX_MESSAGES_PER_TURN + 1 }]));
    const { pending } = next;
    const { open, waiting } = selectWork(next);
    if (!open && waiting.length === 0) return NO_WORK;
    const heldForMs = msUntilReleased(next, now());
    if (heldForMs > 0) {
      await recordHeld(conversation);
      return { kind: 'pending', dueInMs: heldForMs };
    }
    const inMs = open ? untilStart(open, state) : 0;
    const overtakes = inMs > 0 && !isLastStart(pending) && isWaitingForModel(open) && needsNoModel(waiting);
    if (inMs > 0 && !overtakes) return { kind: 'pending', dueInMs: inMs };
    const blockedForMs = open?.parts ? 0 : sendBlockedForMs(conversation);
    if (blockedForMs > 0) return { kind: 'pending', dueInMs: blockedForMs };
    const runsAlone = state.isSuspect;
    state.isSuspect = isLastStart(pending);
    if (state.isSuspect && !runsAlone) return DUE_NOW;
    const turn = open && !overtakes ? await resumeTurn(open) : await startTurn(conversation, waiting);
    if (!turn) return DUE_NOW;
    if (!overtakes) state.retry = null;
    const resumedAt = Math.min(next.pause?.endsAt ?? 0, now());
    const result = await runTurn(turn, { ...grantControl(turn.id), prefersRules: overtakes, resumedAt });
    state.isSuspect = false;
    return remainingAfter(result, turn, state);
  };

  function remainingAfter(result: RunResult, turn: Turn, state: TurnState): RemainingWork {
    switch (result.kind) {
      case 'stopped':
        // Without a shutdown, another process may have taken over; otherwise the turn is continued here.
        return { kind: 'pending', dueInMs: STORE_RETRY_MS };
      case 'retry':
        state.retry = { turnId: turn.id, at: performance.now() + result.delayMs };
        return { kind: 'pending', dueInMs: result.delayMs };
      case 'answered':
        return result.hasMore ? DUE_NOW : NO_WORK;
      case 'ended':
        return DUE_NOW;
    }
  }

  /** Ms until an open turn may start. A retry that this process scheduled does not depend on the system time. */
  function untilStart({ id, retryAt }: Turn, { retry }: TurnState): number {
    if (retry?.turnId === id) return retry.at - performance.now();
    return msUntilRetry(retryAt, now());
  }

  /** Restores `retryAt`, which the store clears: the retry policy detects by it that no attempt was made for a long time. */
  async function resumeTurn({ id, retryAt }: Turn): Promise<Turn | null> {
    const turn = await one(turns.resume([id]));
    return turn && { ...turn, retryAt };
  }

  function startTurn(conversation: ConversationKey, waiting: Message[]): Promise<Turn | null> {
    const chosen = selectMessages(waiting);
    if (!chosen) return Promise.resolve(null);
    const owner = ownerOf(chosen.messages);
    const userId = owner === 'several' ? null : owner;
    const seqs = chosen.messages.map(({ seq }) => seq);
    return one(turns.start([{ sender: conversation, userId, kind: chosen.kind, seqs }]));
  }
}

/** Whether the sender knows that the turn waits for a model, and that other questions can be answered in between. */
function isWaitingForModel(open: Turn | null): boolean {
  return open?.waitNoticeSent === true && open.parts === null;
}
