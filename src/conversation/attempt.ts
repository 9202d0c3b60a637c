import { StoreUnavailable } from '../errors.ts';
import { type Events, maskedContext, stackFrames } from '../events.ts';
import type { Doom, Inbox, Turn } from '../store/store.ts';
import { isUpstreamError } from '../upstream.ts';
import type { FreeSlot, Slot } from './slot.ts';
import { doomOf, labelOf, verdictOn } from './trouble.ts';
import type { TurnEnd } from './turn.ts';
import { Postponed } from './typing.ts';

/** How a try ended: answered; over otherwise, perhaps with a notice; it goes on at a time, or when the service runs again. */
export type AttemptEnd = { kind: 'answered' } | { kind: 'over' } | { kind: 'later'; at: number } | { kind: 'stopped' };

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
    const startedAt = now();
    const receivedAt = turn.messages[0]?.receivedAt ?? startedAt;
    const { kind, attempts, messages } = turn;
    const waitedMs = startedAt - receivedAt;
    events.emit({ type: 'turn.started', kind, seqs: messages.map(({ seq }) => seq), attempt: attempts, waitedMs });
    const leftMs = options.deadlineMs - turn.elapsedMs;
    // A stored reply is past the deadline's reach.
    const deadline = turn.parts ? null : setTimeout(slot.abort, Math.max(0, leftMs));
    try {
      const end = await options.takeTurn(turn, { ...slot, deadlineAt: startedAt + leftMs });
      if (end === 'stopped') return { kind: 'stopped' };
      if (end === 'dropped') return { kind: 'over' };
      events.emit({
        type: 'turn.finished',
        outcome: turn.notice ?? (turn.doom ? 'apologised' : 'answered'),
        durationMs: now() - receivedAt,
      });
      return { kind: turn.doom ? 'over' : 'answered' };
    } catch (error) {
      const usedMs = now() - startedAt;
      return await failed(turn, slot, error, { usedMs, leftMs: slot.signal.aborted ? 0 : leftMs - usedMs });
    } finally {
      if (deadline) clearTimeout(deadline);
    }
  }

  async function failed(
    turn: Turn,
    slot: FreeSlot,
    error: unknown,
    time: { usedMs: number; leftMs: number },
  ): Promise<AttemptEnd> {
    if (error instanceof StoreUnavailable) throw error;
    if (slot.isStopped()) return { kind: 'stopped' };
    if (error instanceof Postponed) {
      events.emit({ type: 'turn.postponed', reason: 'fonnte' });
      return { kind: 'later', at: now() + error.delayMs };
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
    const retryAt = now() + verdict.delayMs;
    const elapsedMs = turn.parts ? turn.elapsedMs : turn.elapsedMs + time.usedMs + verdict.delayMs;
    const { sendFailures, failingSince, delayMs } = verdict;
    const retry = { retryAt, elapsedMs, sendFailures, failingSince, problem: { ...doom, at: now() } };
    await durably(() => inbox.retryLater(turn.id, retry));
    events.emit({ type: 'turn.retrying', delayMs, upstream: doom.upstream, reason: labelOf(error) });
    return { kind: 'later', at: retryAt };
  }

  async function bury(turn: Turn, doom: Doom, reason: string): Promise<AttemptEnd> {
    await durably(() => inbox.die(turn.id, doom));
    const hasReply = turn.parts !== null && !turn.doom;
    events.emit({ type: 'turn.dead', upstream: doom.upstream, reason, hasReply });
    return { kind: 'over' };
  }

  /** The apology becomes the turn's reply; what it dies of is kept with it. */
  async function apologise(turn: Turn, doom: Doom): Promise<AttemptEnd> {
    const problem = { ...doom, at: now() };
    const { elapsedMs, sendFailures, failingSince } = turn;
    await durably(() => inbox.retryLater(turn.id, { retryAt: now(), elapsedMs, sendFailures, failingSince, problem }));
    const reply = { parts: options.apology(), entries: [], notes: null, doom, at: now() };
    await durably(() => inbox.keepReply(turn.id, turn.userId, reply));
    return { kind: 'later', at: now() };
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
