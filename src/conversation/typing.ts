import { isUpstreamError } from '../upstream.ts';
import type { FonnteClient } from '../whatsapp/fonnte-client.ts';

/** Nothing was tried, because nothing could be sent now: it costs the turn neither time nor tries. */
export class Postponed extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('postponed: nothing can be sent now');
    this.delayMs = delayMs;
  }
}

/** How long WhatsApp shows the indicator unless something is sent, seconds. */
const TYPING_SECONDS = 25;
/** The least wait after a probe that failed, ms. */
const LEAST_WAIT_MS = 1_000;

/**
 * Shows that an answer is being written. Nobody waits for it, and it may fail, unless FONNTE was failing: then it is
 * the probe that says whether an answer could be sent at all. @throws Postponed
 */
export function createShowTyping(options: {
  fonnte: FonnteClient;
  fonnteRestingMs(): number;
  fonnteIsWell(): boolean;
}) {
  return async function showTyping(sender: string): Promise<void> {
    const shown = options.fonnte.typing(sender, TYPING_SECONDS).catch((error: unknown) => {
      // Told as an event by the upstream guard; an indicator that is missing harms nobody.
      if (!isUpstreamError(error)) throw error;
      return error;
    });
    if (options.fonnteIsWell()) return;
    const failure = await shown;
    if (failure && !options.fonnteIsWell()) {
      throw new Postponed(Math.max(LEAST_WAIT_MS, options.fonnteRestingMs()));
    }
  };
}
