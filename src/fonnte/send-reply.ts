import type { Events } from '../events.ts';
import { UpstreamCallError } from '../upstream/errors.ts';
import type { FonnteClient } from './client.ts';

/** A reply on its way: the parts not yet sent go out in order. */
export interface OutgoingReply {
  target: string;
  parts: readonly string[];
  /** How many of them are out already. */
  startAt: number;
  /** The message to quote with the first part; 0: none. */
  inboxid: number;
  /** Asked before each part: false leaves the rest for later. */
  maySend(): boolean;
  /** Told when FONNTE has taken a part: how many are out now. False: nobody wants the rest any more. */
  onPartSent(partsSent: number): Promise<boolean>;
}

/**
 * `whatsapp.reply`: sends what is left of a reply, one part after the other with a pause between.
 * Resolves to whether nothing is left to send. @throws what `FonnteClient.send` throws
 */
export function createSendReply(options: {
  fonnte: FonnteClient;
  partIntervalMs: number;
  events: Events;
  pause: (ms: number) => Promise<void>;
}) {
  const { fonnte, events } = options;
  return async function reply({
    target,
    parts,
    startAt: from,
    inboxid,
    maySend,
    onPartSent: noted,
  }: OutgoingReply): Promise<boolean> {
    for (const [index, part] of parts.entries()) {
      if (index < from) continue;
      if (index > from) await options.pause(options.partIntervalMs);
      if (!maySend()) return false;
      const startedAt = performance.now();
      const numbered = { part: index + 1, of: parts.length };
      try {
        await fonnte.send({ target, message: part, inboxid: index === 0 ? inboxid : 0 });
      } catch (error) {
        if (error instanceof UpstreamCallError && error.outcomeUnknown)
          events.emit({ type: 'part.uncertain', ...numbered });
        throw error;
      }
      events.emit({ type: 'part.sent', ...numbered, durationMs: Math.round(performance.now() - startedAt) });
      if (!(await noted(index + 1))) return true;
    }
    return true;
  };
}
