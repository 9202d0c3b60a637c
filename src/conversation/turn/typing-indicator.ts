import type { FonnteClient } from '../../fonnte/client.ts';
import type { PhoneNumber } from '../../phone.ts';
import { isUpstreamError } from '../../upstream/errors.ts';
import { TurnPostponedError } from './turn-postponed.ts';

/** Duration of one typing indicator, and the interval of its renewal, seconds. */
const TYPING_SECONDS = 25;
const TYPING_REFRESH_SECONDS = 20;
/** Minimum wait after a failed probe, ms. */
const MIN_WAIT_MS = 1_000;
/** After this many failed probes an answer is let through as the probe: indicators may fail while sends work again. */
const MAX_FAILED_PROBES = 5;

export interface TypingIndicator {
  /** Ends the renewal; WhatsApp removes the indicator itself when a message is sent. */
  stop(): void;
}

/**
 * Shows the typing indicator until it is stopped. No other work waits for it and it may fail, unless FONNTE's circuit
 * breaker is not closed: then it is the probe that decides whether an answer could be sent at all.
 */
export function createTypingIndicator({
  fonnte,
}: {
  fonnte: Pick<FonnteClient, 'typing'> & { breaker: { state(): string; openForMs(): number } };
}) {
  let failedProbes = 0;
  const isAvailable = () => fonnte.breaker.state() === 'closed';
  const show = (phone: PhoneNumber, probe = false): Promise<unknown> =>
    fonnte.typing(phone, TYPING_SECONDS, probe).catch((error: unknown) => {
      // The upstream guard has emitted the failure; a missing indicator does no harm.
      if (!isUpstreamError(error)) throw error;
      return error;
    });

  async function probe(phone: PhoneNumber): Promise<void> {
    await show(phone, true);
    if (isAvailable()) {
      failedProbes = 0;
      return;
    }
    failedProbes += 1;
    if (failedProbes >= MAX_FAILED_PROBES) {
      failedProbes = 0;
      return;
    }
    throw new TurnPostponedError(Math.max(MIN_WAIT_MS, fonnte.breaker.openForMs()));
  }

  /** @throws TurnPostponedError when nothing can be sent now */
  return async function showTyping(phone: PhoneNumber): Promise<TypingIndicator> {
    const wasAvailable = isAvailable();
    if (!wasAvailable) await probe(phone);
    let isStopped = false;
    // Deferred so that the indicator does not delay the model request; skipped if the answer is already there.
    if (wasAvailable) setImmediate(() => void (isStopped || show(phone)));
    const timer = setInterval(() => void show(phone), TYPING_REFRESH_SECONDS * 1000);
    return {
      stop() {
        isStopped = true;
        clearInterval(timer);
      },
    };
  };
}
