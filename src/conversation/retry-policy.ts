import { isDisconnectedReason } from '../fonnte/client.ts';
import type { DeadLetterReason, Turn } from '../store/types.ts';
import { CircuitOpenError, isUpstreamError, UpstreamCallError, UpstreamRejectedError } from '../upstream/errors.ts';

/** What becomes of a turn whose try failed. Delays are milliseconds. */
export type RetryDecision =
  | { kind: 'retry'; delayMs: number; sendFailures: number; failingSince: number | null }
  /** The apology becomes its reply, and then it is a dead letter. */
  | { kind: 'apologize' }
  /** A dead letter at once, with the reply that could not be sent. */
  | { kind: 'dead-letter' };

const ANSWER_RETRY_MS = { first: 1_000, longest: 10_000 };
const SEND_RETRY_MS = { first: 2_000, longest: 60_000 };
const SEND_RETRY_WINDOW_MS = 60 * 60 * 1000;
const DISCONNECTED_RETRY_WINDOW_MS = 24 * SEND_RETRY_WINDOW_MS;
/** A retry that comes so long after its time was not tried meanwhile. */
const MAX_RETRY_GAP_MS = 5 * 60 * 1000;
/** Tries of a turn that fails for a reason of our own making. */
const MAX_ATTEMPTS_ON_INTERNAL_ERROR = 3;
/** The longest delay of any retry, ms: TURN_DEADLINE_SECONDS is at most 600, and a send waits far less. */
export const MAX_RETRY_DELAY_MS = 600_000;
/** Starts of a turn without progress, each ended by the death of the process, after which it becomes a dead letter. */
export const MAX_CRASHES = 3;
/** The reason of a dead letter whose turn ended the process `MAX_CRASHES` times. */
export const PROCESS_DIED: DeadLetterReason = { upstream: 'service', reason: 'process-died' };

interface RetryContext {
  now: number;
  /** What is left of the turn's deadline, ms. */
  leftMs: number;
  /** How long the upstream's breaker stays open, ms. */
  openForMs: number;
  /** Whether our WhatsApp device is known to be disconnected. */
  disconnected: boolean;
  /** From 0 up to, not including, 1. */
  random: () => number;
}

/** What to do about a failed try, in whichever phase the turn is. Pure but for `random`. */
export function decideRetry(error: unknown, turn: Turn, circumstances: RetryContext): RetryDecision {
  return turn.parts ? decideWhileSending(error, turn, circumstances) : decideWhileAnswering(error, turn, circumstances);
}

function decideWhileAnswering(error: unknown, turn: Turn, { leftMs, openForMs, random }: RetryContext): RetryDecision {
  if (error instanceof UpstreamRejectedError && error.permanent) return { kind: 'apologize' };
  if (leftMs <= 0 || (!isUpstreamError(error) && turn.attempts >= MAX_ATTEMPTS_ON_INTERNAL_ERROR))
    return { kind: 'apologize' };
  const asked = error instanceof UpstreamRejectedError ? (error.retryAfterMs ?? 0) : 0;
  const delayMs = Math.max(asked, openForMs, fullJitter(ANSWER_RETRY_MS, turn.attempts, random));
  return delayMs >= leftMs ? { kind: 'apologize' } : { kind: 'retry', delayMs, sendFailures: 0, failingSince: null };
}

function decideWhileSending(error: unknown, turn: Turn, circumstances: RetryContext): RetryDecision {
  const { now, openForMs, disconnected, random } = circumstances;
  if (error instanceof UpstreamRejectedError && error.permanent) return { kind: 'dead-letter' };
  const sendFailures = turn.sendFailures + 1;
  const failingSince = isSameOutage(turn, now, disconnected) ? Math.min(turn.failingSince ?? now, now) : now;
  if (!isUpstreamError(error) && sendFailures >= MAX_ATTEMPTS_ON_INTERNAL_ERROR) return { kind: 'dead-letter' };
  const patience = disconnected ? DISCONNECTED_RETRY_WINDOW_MS : SEND_RETRY_WINDOW_MS;
  if (now - failingSince > patience) return { kind: 'dead-letter' };
  const asked = error instanceof UpstreamRejectedError ? (error.retryAfterMs ?? 0) : 0;
  // What a proxy in front of FONNTE asks for may be hours; a reply is worth a try every minute.
  const delayMs =
    Math.max(Math.min(asked, SEND_RETRY_MS.longest), openForMs) + fullJitter(SEND_RETRY_MS, sendFailures, random);
  return { kind: 'retry', delayMs, sendFailures, failingSince };
}

/**
 * Whether a send still fails as it did: neither a time in which nobody tried (we were down), nor the hours for which the
 * device was disconnected, count against FONNTE once it can be asked again.
 */
function isSameOutage({ retryAt, history }: Turn, now: number, disconnected: boolean): boolean {
  if (retryAt !== null && now - retryAt > MAX_RETRY_GAP_MS) return false;
  return disconnected || !isDisconnectedReason(history.at(-1)?.reason ?? '');
}

/** A delay of 0 up to `first` doubled with every try, `longest` at most. */
function fullJitter(
  { first, longest }: { first: number; longest: number },
  tries: number,
  random: () => number,
): number {
  return Math.round(random() * Math.min(longest, first * 2 ** Math.min(20, Math.max(0, tries - 1))));
}

/** An error as a dead letter and a turn's history tell it: the upstream's own words, for operators only. */
export function describeFailure(error: unknown): DeadLetterReason {
  if (error instanceof UpstreamRejectedError) return { upstream: error.upstream, reason: error.reason };
  if (error instanceof UpstreamCallError) return { upstream: error.upstream, reason: error.kind };
  if (error instanceof CircuitOpenError) return { upstream: error.upstream, reason: 'breaker open' };
  if (error instanceof Error && error.name === 'AbortError') return { upstream: 'service', reason: 'deadline' };
  return { upstream: 'service', reason: error instanceof Error ? error.name : 'unknown' };
}

/** The same for events: a word free of personal data. */
export function failureLabel(error: unknown): string {
  return error instanceof UpstreamRejectedError ? error.label : describeFailure(error).reason;
}
