import { errorName } from '../events.ts';
import { isDisconnectedReason } from '../fonnte/parse-response.ts';
import type { DeadLetterReason, Failure, Turn } from '../store/records.ts';
import { CircuitOpenError, isUpstreamError, UpstreamCallError, UpstreamRejectedError } from '../upstream/errors.ts';

/** The decision after a failed attempt of a turn. Delays in ms. */
export type RetryDecision =
  | { kind: 'retry'; delayMs: number; sendFailures: number; failingSince: number | null }
  /** The apology becomes the reply; when it is sent, the turn becomes a dead letter. */
  | { kind: 'apologize' }
  /** The turn becomes a dead letter now and keeps the reply that could not be sent. */
  | { kind: 'dead-letter' };

/** Backoff before Gemini is asked again and before a send is repeated: first delay, doubled up to `max`, ms. */
const ANSWER_RETRY_MS = { first: 1_000, max: 10_000 };
const SEND_RETRY_MS = { first: 2_000, max: 60_000 };
/** A send is retried for this time; longer while the device is disconnected, ms. */
const SEND_RETRY_WINDOW_MS = 60 * 60 * 1000;
const DISCONNECTED_RETRY_WINDOW_MS = 24 * SEND_RETRY_WINDOW_MS;
/** A retry that is later than this was not attempted in between (the service was down), ms. */
const MAX_RETRY_GAP_MS = 5 * 60 * 1000;
/** Attempts of a turn that fails because of an error in this service. */
const MAX_ATTEMPTS_ON_INTERNAL_ERROR = 3;
/** Failures that a turn keeps for operators; the newest. */
const MAX_HISTORY = 20;
/** The longest delay of any retry, ms: TURN_DEADLINE_SECONDS is at most 600, and a send waits less. */
export const MAX_RETRY_DELAY_MS = 600_000;
/** After this many starts without progress, each ended by the death of the process, a turn becomes a dead letter. */
export const MAX_CRASHES = 3;
/** The reason of a dead letter whose turn ended the process `MAX_CRASHES` times. */
export const PROCESS_DIED: DeadLetterReason = { upstream: 'service', reason: 'process-died' };

interface RetryContext {
  now: number;
  /** Time left until the deadline of the turn, ms. */
  leftMs: number;
  /** For how many ms the circuit breaker of the upstream stays open. */
  openForMs: number;
  /** Whether the WhatsApp device is known to be disconnected. */
  isDisconnected: boolean;
  /** A random number from 0 to below 1. */
  random: () => number;
}

/** Decides what follows a failed attempt; the phase depends on whether a reply is stored. */
export function decideRetry(error: unknown, turn: Turn, context: RetryContext): RetryDecision {
  return turn.parts ? decideWhileSending(error, turn, context) : decideWhileAnswering(error, turn, context);
}

function decideWhileAnswering(error: unknown, turn: Turn, { leftMs, openForMs, random }: RetryContext): RetryDecision {
  if (error instanceof UpstreamRejectedError && error.permanent) return { kind: 'apologize' };
  if (leftMs <= 0 || (!isUpstreamError(error) && turn.attempts >= MAX_ATTEMPTS_ON_INTERNAL_ERROR))
    return { kind: 'apologize' };
  const delayMs = answerRetryDelayMs(error, turn, openForMs, random);
  return delayMs >= leftMs ? { kind: 'apologize' } : { kind: 'retry', delayMs, sendFailures: 0, failingSince: null };
}

function answerRetryDelayMs(error: unknown, { attempts }: Turn, openForMs: number, random: () => number): number {
  const asked = error instanceof UpstreamRejectedError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, openForMs, fullJitter(ANSWER_RETRY_MS, attempts, random));
}

/** Returns the longest delay before a turn without a reply is attempted again after this error, ms. */
export function maxAnswerRetryDelayMs(error: unknown, turn: Turn, openForMs: number): number {
  return answerRetryDelayMs(error, turn, openForMs, () => 1);
}

function decideWhileSending(error: unknown, turn: Turn, context: RetryContext): RetryDecision {
  const { now, openForMs, isDisconnected, random } = context;
  if (error instanceof UpstreamRejectedError && error.permanent) return { kind: 'dead-letter' };
  const sendFailures = turn.sendFailures + 1;
  const failingSince = isSameOutage(turn, now, isDisconnected) ? Math.min(turn.failingSince ?? now, now) : now;
  if (!isUpstreamError(error) && sendFailures >= MAX_ATTEMPTS_ON_INTERNAL_ERROR) return { kind: 'dead-letter' };
  const windowMs = isDisconnected ? DISCONNECTED_RETRY_WINDOW_MS : SEND_RETRY_WINDOW_MS;
  if (now - failingSince > windowMs) return { kind: 'dead-letter' };
  const asked = error instanceof UpstreamRejectedError ? (error.retryAfterMs ?? 0) : 0;
  // A proxy in front of FONNTE may ask for hours; a reply is worth an attempt every minute.
  const delayMs =
    Math.max(Math.min(asked, SEND_RETRY_MS.max), openForMs) + fullJitter(SEND_RETRY_MS, sendFailures, random);
  return { kind: 'retry', delayMs, sendFailures, failingSince };
}

/**
 * Whether a failed send belongs to the same outage as the failures before. Neither the time in which the service was down
 * nor the hours in which the device was disconnected count towards the retry window.
 */
function isSameOutage({ retryAt, history }: Turn, now: number, isDisconnected: boolean): boolean {
  if (retryAt !== null && now - retryAt > MAX_RETRY_GAP_MS) return false;
  return isDisconnected || !isDisconnectedReason(history.at(-1)?.reason ?? '');
}

/** A random delay between 0 and `first`, doubled with every attempt up to `max`. */
function fullJitter({ first, max }: { first: number; max: number }, attempts: number, random: () => number): number {
  return Math.round(random() * Math.min(max, first * 2 ** Math.min(20, Math.max(0, attempts - 1))));
}

/** Describes an error for the dead letter and the history of the turn: the upstream's own words, for operators only. */
export function describeFailure(error: unknown): DeadLetterReason {
  if (error instanceof UpstreamRejectedError) return { upstream: error.upstream, reason: error.reason };
  if (error instanceof UpstreamCallError) return { upstream: error.upstream, reason: error.kind };
  if (error instanceof CircuitOpenError) return { upstream: error.upstream, reason: 'breaker open' };
  if (error instanceof Error && error.name === 'AbortError') return { upstream: 'service', reason: 'deadline' };
  return { upstream: 'service', reason: errorName(error) };
}

/** The history of a turn with one more failure. */
export function addFailure({ history }: Turn, failure: Failure): Failure[] {
  return [...history, failure].slice(-MAX_HISTORY);
}

/** Describes an error for events: one word without personal data. */
export function failureLabel(error: unknown): string {
  return error instanceof UpstreamRejectedError ? error.label : describeFailure(error).reason;
}
