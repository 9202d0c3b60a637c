import { StoreUnavailable } from '../errors.ts';
import { type Events, maskedContext, stackFrames } from '../events.ts';
import type { Doom, Inbox, Turn } from '../store/types.ts';
import { isUpstreamError } from '../upstream/upstream.ts';
import type { FreeSlot, Slot } from './turn-context.ts';
import { doomOf, labelOf, MAX_CRASHES, PROCESS_DIED, verdictOn } from './retry-policy.ts';
import type { TurnEnd } from './process-turn.ts';
import { Postponed } from './typing-indicator.ts';

/**
 * How an attempt ended: answered; over without an answer; to be continued after a delay in ms; stopped, to be continued
 * when the service runs again.
 */
export type AttemptEnd =
  | { kind: 'answered' }
  | { kind: 'over' }
  | { kind: 'later'; delayMs: number }
  | { kind: 'stopped' };

export interface AttemptOptions {
  takeTurn(turn: Turn, slot: Slot): Promise<TurnEnd>;
  inbox: Inbox;
  events: Events;
  /** The apology as the parts of a reply. */
  apology: () => string[];
  deadlineMs: number;
  durably<T>(write: () => Promise<T>): Promise<T>;
  /** How long an upstream's breaker stays open, ms; 0: closed. */
  restingMs(upstream: string): number;
  disconnected(): boolean;
  /** True where the service stops because of an error: then the turns that it interrupts count as crashed. */
  isCrashing(): boolean;
  now: () => number;
  random: () => number;
}

/** One try of a turn within its deadline, and what becomes of it where it fails. */
export function createAttempt(options: AttemptOptions) {
  const { inbox, events, now, durably } = options;

  return function attempt(turn: Turn, slot: FreeSlot): Promise<AttemptEnd> {
    return events.within(maskedContext(turn.sender, { turnId: turn.id }), () => run(turn, slot));
  };

  async function run(turn: Turn, slot: FreeSlot): Promise<AttemptEnd> {
    if (turn.crashes >= MAX_CRASHES) return await giveUp(turn);
    const startedAt = performance.now();
    const receivedAt = turn.messages[0]?.receivedAt ?? now();
    const { kind, attempts, messages } = turn;
    const waitedMs = Math.max(0, now() - receivedAt);
    events.emit({ type: 'turn.started', kind, seqs: messages.map(({ seq }) => seq), attempt: attempts, waitedMs });
    const leftMs = options.deadlineMs - turn.elapsedMs;
    // The deadline does not apply to a stored reply.
    const deadline = turn.parts ? null : setTimeout(slot.abort, Math.max(0, leftMs));
    try {
      const end = await options.takeTurn(turn, { ...slot, deadlineAt: startedAt + leftMs });
      if (end === 'stopped') return await stopped(turn, performance.now() - startedAt);
      if (end === 'dropped') return { kind: 'over' };
      events.emit({
        type: 'turn.finished',
        outcome: turn.notice ?? (turn.doom ? 'apologised' : 'answered'),
        durationMs: Math.max(0, now() - receivedAt),
      });
      return { kind: turn.doom ? 'over' : 'answered' };
    } catch (error) {
      const usedMs = performance.now() - startedAt;
      return await failed(turn, slot, error, { usedMs, leftMs: slot.signal.aborted ? 0 : leftMs - usedMs });
    } finally {
      if (deadline) clearTimeout(deadline);
    }
  }

  /** Each start of this turn ended the process: it is not started again. */
  async function giveUp(turn: Turn): Promise<AttemptEnd> {
    return turn.parts ? await bury(turn, PROCESS_DIED, PROCESS_DIED.reason) : await apologise(turn, PROCESS_DIED);
  }

  /** A shutdown interrupted the turn: no crash, but the time it ran counts, or a turn that makes every process stop would never end. */
  async function stopped(turn: Turn, usedMs: number): Promise<AttemptEnd> {
    const elapsedMs = turn.parts ? turn.elapsedMs : turn.elapsedMs + usedMs;
    if (!options.isCrashing()) await inbox.release(turn.id, elapsedMs);
    return { kind: 'stopped' };
  }

  async function failed(
    turn: Turn,
    slot: FreeSlot,
    error: unknown,
    time: { usedMs: number; leftMs: number },
  ): Promise<AttemptEnd> {
    if (error instanceof StoreUnavailable) throw error;
    if (slot.isStopped()) return await stopped(turn, time.usedMs);
    if (error instanceof Postponed) {
      events.emit({ type: 'turn.postponed', reason: 'fonnte' });
      await inbox.release(turn.id, turn.elapsedMs);
      return { kind: 'later', delayMs: error.delayMs };
    }
    const expected = isUpstreamError(error) || time.leftMs <= 0;
    if (!expected) events.emit({ type: 'turn.failed', name: nameOf(error), frames: stackFrames(error) });
    const doom = doomOf(error);
    const verdict = verdictOn(error, turn, {
      now: now(),
      leftMs: time.leftMs,
      restingMs: options.restingMs(doom.upstream),
      disconnected: options.disconnected(),
      random: options.random,
    });
    if (verdict.kind === 'dead') return await bury(turn, doom, labelOf(error));
    if (verdict.kind === 'apologise') return await apologise(turn, doom);
    const elapsedMs = turn.parts ? turn.elapsedMs : turn.elapsedMs + time.usedMs + verdict.delayMs;
    const { sendFailures, failingSince, delayMs } = verdict;
    const problem = { ...doom, at: now() };
    const retry = { retryAt: now() + delayMs, elapsedMs, sendFailures, failingSince, problem };
    await durably(() => inbox.retryLater(turn.id, retry));
    events.emit({ type: 'turn.retrying', delayMs, upstream: doom.upstream, reason: labelOf(error) });
    return { kind: 'later', delayMs };
  }

  async function bury(turn: Turn, doom: Doom, reason: string): Promise<AttemptEnd> {
    await durably(() => inbox.die(turn.id, doom));
    const hasReply = turn.parts !== null && !turn.doom;
    events.emit({ type: 'turn.dead', upstream: doom.upstream, reason, hasReply });
    return { kind: 'over' };
  }

  /** Stores the apology as the turn's reply; when it is sent, the turn becomes a dead letter with this reason. */
  async function apologise(turn: Turn, doom: Doom): Promise<AttemptEnd> {
    const reply = { parts: options.apology(), entries: [], notes: null, doom, at: now() };
    await durably(() => inbox.keepReply(turn.id, turn.userId, reply));
    await inbox.release(turn.id, turn.elapsedMs);
    return { kind: 'later', delayMs: 0 };
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
