import type { Doom, Turn } from '../store/types.ts';
import { isUpstreamError, UpstreamFailure, UpstreamOpen, UpstreamRefusal } from '../upstream/upstream.ts';
import { saysDisconnected } from '../fonnte/client.ts';

/** What becomes of a turn whose try failed. Delays are milliseconds. */
export type Verdict =
  | { kind: 'later'; delayMs: number; sendFailures: number; failingSince: number | null }
  /** The apology becomes its reply, and then it is a dead letter. */
  | { kind: 'apologise' }
  /** A dead letter at once, with the reply that could not be sent. */
  | { kind: 'dead' };

const ANSWER_RETRY_MS = { first: 1_000, longest: 10_000 };
const SEND_RETRY_MS = { first: 2_000, longest: 60_000 };
const SEND_PATIENCE_MS = 60 * 60 * 1000;
const DISCONNECTED_PATIENCE_MS = 24 * SEND_PATIENCE_MS;
/** A retry that comes so long after its time was not tried meanwhile. */
const UNTRIED_MS = 5 * 60 * 1000;
/** Tries of a turn that fails for a reason of our own making. */
const TRIES_OF_A_BUG = 3;
/** The longest delay of any retry, ms: TURN_DEADLINE_SECONDS is at most 600, and a send waits far less. */
export const MAX_RETRY_DELAY_MS = 600_000;
/** Starts of a turn without progress, each ended by the death of the process, after which it becomes a dead letter. */
export const MAX_CRASHES = 3;
/** The reason of a dead letter whose turn ended the process `MAX_CRASHES` times. */
export const PROCESS_DIED: Doom = { upstream: 'service', reason: 'process-died' };

interface Circumstances {
  now: number;
  /** What is left of the turn's deadline, ms. */
  leftMs: number;
  /** How long the upstream's breaker stays open, ms. */
  restingMs: number;
  /** Whether our WhatsApp device is known to be disconnected. */
  disconnected: boolean;
  /** From 0 up to, not including, 1. */
  random: () => number;
}

/** What to do about a failed try, in whichever phase the turn is. Pure but for `random`. */
export function verdictOn(error: unknown, turn: Turn, circumstances: Circumstances): Verdict {
  return turn.parts ? whileSending(error, turn, circumstances) : whileAnswering(error, turn, circumstances);
}

function whileAnswering(error: unknown, turn: Turn, { leftMs, restingMs, random }: Circumstances): Verdict {
  if (error instanceof UpstreamRefusal && error.permanent) return { kind: 'apologise' };
  if (leftMs <= 0 || (!isUpstreamError(error) && turn.attempts >= TRIES_OF_A_BUG)) return { kind: 'apologise' };
  const asked = error instanceof UpstreamRefusal ? (error.retryAfterMs ?? 0) : 0;
  const delayMs = Math.max(asked, restingMs, fullJitter(ANSWER_RETRY_MS, turn.attempts, random));
  return delayMs >= leftMs ? { kind: 'apologise' } : { kind: 'later', delayMs, sendFailures: 0, failingSince: null };
}

function whileSending(error: unknown, turn: Turn, circumstances: Circumstances): Verdict {
  const { now, restingMs, disconnected, random } = circumstances;
  if (error instanceof UpstreamRefusal && error.permanent) return { kind: 'dead' };
  const sendFailures = turn.sendFailures + 1;
  const failingSince = isSameTrouble(turn, now, disconnected) ? Math.min(turn.failingSince ?? now, now) : now;
  if (!isUpstreamError(error) && sendFailures >= TRIES_OF_A_BUG) return { kind: 'dead' };
  const patience = disconnected ? DISCONNECTED_PATIENCE_MS : SEND_PATIENCE_MS;
  if (now - failingSince > patience) return { kind: 'dead' };
  const asked = error instanceof UpstreamRefusal ? (error.retryAfterMs ?? 0) : 0;
  // What a proxy in front of FONNTE asks for may be hours; a reply is worth a try every minute.
  const delayMs =
    Math.max(Math.min(asked, SEND_RETRY_MS.longest), restingMs) + fullJitter(SEND_RETRY_MS, sendFailures, random);
  return { kind: 'later', delayMs, sendFailures, failingSince };
}

/**
 * Whether a send still fails as it did: neither a time in which nobody tried (we were down), nor the hours for which the
 * device was disconnected, count against FONNTE once it can be asked again.
 */
function isSameTrouble({ retryAt, history }: Turn, now: number, disconnected: boolean): boolean {
  if (retryAt !== null && now - retryAt > UNTRIED_MS) return false;
  return disconnected || !saysDisconnected(history.at(-1)?.reason ?? '');
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
export function doomOf(error: unknown): Doom {
  if (error instanceof UpstreamRefusal) return { upstream: error.upstream, reason: error.reason };
  if (error instanceof UpstreamFailure) return { upstream: error.upstream, reason: error.kind };
  if (error instanceof UpstreamOpen) return { upstream: error.upstream, reason: 'breaker open' };
  if (error instanceof Error && error.name === 'AbortError') return { upstream: 'service', reason: 'deadline' };
  return { upstream: 'service', reason: error instanceof Error ? error.name : 'unknown' };
}

/** The same for events: a word free of personal data. */
export function labelOf(error: unknown): string {
  return error instanceof UpstreamRefusal ? error.label : doomOf(error).reason;
}
