import type { FonnteClient } from '../fonnte/client.ts';
import { isUpstreamError } from '../upstream/errors.ts';

/** Nothing was tried, because nothing could be sent now: it costs the turn neither time nor tries. */
export class TurnPostponedError extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('postponed: nothing can be sent now');
    this.delayMs = delayMs;
  }
}

/** How long WhatsApp is asked to show the indicator, and how often that is renewed, seconds. */
const TYPING_SECONDS = 25;
const TYPING_REFRESH_SECONDS = 20;
/** The least wait after a probe that failed, ms. */
const MIN_WAIT_MS = 1_000;

/** Probes that fail before an answer is let through in their place. */
const PROBES_BEFORE_A_SEND = 5;

export interface TypingIndicator {
  /** Ends the indicator's renewal; WhatsApp takes it off itself when something is sent. */
  stop(): void;
}

/**
 * Shows that an answer is being written, until it is stopped. Nobody waits for it, and it may fail, unless FONNTE was
 * failing: then it is the probe that says whether an answer could be sent at all. @throws Postponed
 */
export function createTypingIndicator(options: {
  fonnte: FonnteClient;
  fonnteRestingMs(): number;
  fonnteIsWell(): boolean;
}) {
  let failedProbes = 0;
  const show = (sender: string, probe = false): Promise<unknown> =>
    options.fonnte.typing(sender, TYPING_SECONDS, probe).catch((error: unknown) => {
      // Told as an event by the upstream guard; an indicator that is missing harms nobody.
      if (!isUpstreamError(error)) throw error;
      return error;
    });

  /** Indicators may be ill while sends are well again: now and then an answer itself is the probe. */
  async function probe(sender: string): Promise<void> {
    await show(sender, true);
    failedProbes = options.fonnteIsWell() ? 0 : failedProbes + 1;
    if (failedProbes % PROBES_BEFORE_A_SEND === 0) return;
    throw new TurnPostponedError(Math.max(MIN_WAIT_MS, options.fonnteRestingMs()));
  }

  return async function showTyping(sender: string): Promise<TypingIndicator> {
    const isWell = options.fonnteIsWell();
    if (!isWell) await probe(sender);
    // What asks the model for an answer goes first; and who is answered by then needs no indicator.
    let isStopped = false;
    if (isWell) setImmediate(() => void (isStopped || show(sender)));
    const timer = setInterval(() => void show(sender), TYPING_REFRESH_SECONDS * 1000);
    return {
      stop() {
        isStopped = true;
        clearInterval(timer);
      },
    };
  };
}
