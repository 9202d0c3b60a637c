import { StoreUnavailable } from '../../errors.ts';
import { type Events, errorName, maskedContext, stackFrames } from '../../events.ts';
import type { DeadLetterReason, Turn } from '../../store/records.ts';
import { one, type Turns } from '../../store/types.ts';
import { isUpstreamError } from '../../upstream/errors.ts';
import { addFailure, decideRetry, describeFailure, failureLabel, MAX_CRASHES, PROCESS_DIED } from '../retry-policy.ts';
import type { StoreRetry } from '../store-retry.ts';
import type { MoveToDeadLetters } from './move-to-dead-letters.ts';
import type { TurnPhases } from './process-turn.ts';
import type { TurnControl } from './turn-context.ts';
import { TurnPostponedError } from './turn-postponed.ts';

/**
 * How an attempt ended: answered, and whether the conversation had more work then; over without an answer; to be continued
 * after a delay in ms; stopped, to be continued when the service runs again.
 */
export type RunResult =
  | { kind: 'answered'; hasMore: boolean }
  | { kind: 'ended' }
  | { kind: 'retry'; delayMs: number }
  | { kind: 'stopped' };

export interface RunTurnOptions {
  phases: TurnPhases;
  moveToDeadLetters: MoveToDeadLetters;
  turns: Turns;
  events: Events;
  apology: string;
  deadlineMs: number;
  withStoreRetry: StoreRetry;
  /** For how many ms the circuit breaker of an upstream stays open for this turn; 0: it is closed. */
  openForMs(upstream: string, turn: Turn): number;
  /** Whether the device of the turn is disconnected. */
  isDisconnected(turn: Turn): boolean;
  /** True while the service stops because of an error: the turns that it interrupts count as crashed. */
  isCrashing(): boolean;
  now: () => number;
  random: () => number;
}

/** Runs one attempt of a turn within its deadline and decides what a failure means. */
export function createRunTurn(options: RunTurnOptions) {
  const { turns, events, now, withStoreRetry } = options;

  return function runTurn(turn: Turn, control: TurnControl): Promise<RunResult> {
    return events.runWithContext(maskedContext(turn.sender, { turnId: turn.id }), () => attempt(turn, control));
  };

  async function attempt(turn: Turn, control: TurnControl): Promise<RunResult> {
    if (turn.crashes >= MAX_CRASHES) return await giveUp(turn);
    const startedAt = performance.now();
    const receivedAt = Math.max(turn.messages[0]?.receivedAt ?? now(), control.resumedAt);
    const { kind, attempts, messages } = turn;
    const waitedMs = Math.max(0, now() - receivedAt);
    events.emit({ type: 'turn.started', kind, seqs: messages.map(({ seq }) => seq), attempt: attempts, waitedMs });
    const leftMs = options.deadlineMs - turn.elapsedMs;
    // The deadline does not apply to a stored reply.
    const deadline = turn.parts ? null : setTimeout(control.abort, Math.max(0, leftMs));
    const context = { ...control, deadlineAt: startedAt + leftMs };
    /** The turn with what this attempt has stored: a failure means something else once the reply is stored. */
    let current = turn;
    try {
      const answered = await options.phases.answer(turn, context);
      if (!answered) return { kind: 'ended' };
      current = answered;
      const result = await options.phases.deliver(answered, context);
      if (result === 'stopped') return await releaseStoppedTurn(answered, performance.now() - startedAt);
      if (result === 'dropped') return { kind: 'ended' };
      events.emit({
        type: 'turn.finished',
        outcome: turn.notice ?? (answered.apologyFor ? 'apologized' : 'answered'),
        durationMs: Math.max(0, now() - receivedAt),
      });
      return answered.apologyFor ? { kind: 'ended' } : { kind: 'answered', hasMore: result === 'completed-with-more' };
    } catch (error) {
      const usedMs = performance.now() - startedAt;
      return await handleFailure(current, control, error, {
        usedMs,
        leftMs: control.signal.aborted ? 0 : leftMs - usedMs,
      });
    } finally {
      if (deadline) clearTimeout(deadline);
    }
  }

  /** Each start of this turn ended the process: it is not started again. */
  async function giveUp(turn: Turn): Promise<RunResult> {
    return turn.parts
      ? await endAsDeadLetter(turn, PROCESS_DIED, PROCESS_DIED.reason)
      : await apologize(turn, PROCESS_DIED);
  }

  /** A shutdown interrupted the turn: no crash, but the time it ran counts, or a turn that makes every process stop would never end. */
  async function releaseStoppedTurn(turn: Turn, usedMs: number): Promise<RunResult> {
    const elapsedMs = turn.parts ? turn.elapsedMs : turn.elapsedMs + usedMs;
    if (!options.isCrashing()) await one(turns.release([{ id: turn.id, elapsedMs }]));
    return { kind: 'stopped' };
  }

  async function handleFailure(
    turn: Turn,
    control: TurnControl,
    error: unknown,
    time: { usedMs: number; leftMs: number },
  ): Promise<RunResult> {
    if (error instanceof StoreUnavailable) throw error;
    if (control.isStopped()) return await releaseStoppedTurn(turn, time.usedMs);
    if (error instanceof TurnPostponedError) {
      events.emit({ type: 'turn.postponed', reason: 'fonnte' });
      await one(turns.release([turn]));
      return { kind: 'retry', delayMs: error.delayMs };
    }
    const isExpected = isUpstreamError(error) || time.leftMs <= 0;
    if (!isExpected) events.emit({ type: 'turn.failed', name: errorName(error), frames: stackFrames(error) });
    const deadLetterReason = describeFailure(error);
    const decision = decideRetry(error, turn, {
      now: now(),
      leftMs: time.leftMs,
      openForMs: options.openForMs(deadLetterReason.upstream, turn),
      isDisconnected: options.isDisconnected(turn),
      random: options.random,
    });
    if (decision.kind === 'dead-letter') return await endAsDeadLetter(turn, deadLetterReason, failureLabel(error));
    if (decision.kind === 'apologize') return await apologize(turn, deadLetterReason);
    const elapsedMs = turn.parts ? turn.elapsedMs : turn.elapsedMs + time.usedMs + decision.delayMs;
    const { sendFailures, failingSince, delayMs } = decision;
    const history = addFailure(turn, { ...deadLetterReason, at: now() });
    const retry = { id: turn.id, retryAt: now() + delayMs, elapsedMs, sendFailures, failingSince, history };
    await withStoreRetry(() => one(turns.scheduleRetry([retry])));
    events.emit({ type: 'turn.retrying', delayMs, upstream: deadLetterReason.upstream, reason: failureLabel(error) });
    return { kind: 'retry', delayMs };
  }

  async function endAsDeadLetter(turn: Turn, deadLetterReason: DeadLetterReason, label: string): Promise<RunResult> {
    await options.moveToDeadLetters(turn, deadLetterReason, label);
    return { kind: 'ended' };
  }

  /** Stores the apology as the turn's reply; when it is sent, the turn becomes a dead letter with this reason. */
  async function apologize(turn: Turn, apologyFor: DeadLetterReason): Promise<RunResult> {
    const { id, userId } = turn;
    const reply = { id, userId, parts: [options.apology], entries: [], notes: null, apologyFor, at: now() };
    await withStoreRetry(() => one(turns.saveReply([reply])));
    await one(turns.release([turn]));
    return { kind: 'retry', delayMs: 0 };
  }
}
