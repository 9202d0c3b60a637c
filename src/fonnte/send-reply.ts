import type { DeviceLabel, Events } from '../events.ts';
import type { PhoneNumber } from '../phone.ts';
import type { FileBytes, ReplyPart } from '../types.ts';
import { UpstreamCallError } from '../upstream/errors.ts';
import type { FonnteClient } from './client.ts';
import { createSendPart } from './send-part.ts';

/** A reply whose remaining parts are to be sent in order. */
export interface OutgoingReply {
  target: PhoneNumber;
  parts: readonly ReplyPart[];
  /** Loads the bytes of a part that is a file. @returns null when they are lost */
  loadFile(part: number): Promise<FileBytes | null>;
  /** Number of parts already sent. */
  startAt: number;
  /** The inboxid of the message that the first part quotes; 0: no quote. */
  inboxid: number;
  /** Called before each part. False stops before it; the remaining parts are sent later. */
  maySend(): boolean;
  /** Called with the number of sent parts after FONNTE accepted one. False drops the remaining parts. */
  onPartSent(partsSent: number): Promise<boolean>;
}

/**
 * Creates `fonnte.reply`: sends the remaining parts of a reply, one at a time with a pause between them.
 * @returns whether no part is left to send
 * @throws what `FonnteClient.send` throws
 */
export function createSendReply(options: {
  fonnte: FonnteClient;
  label: DeviceLabel;
  partIntervalMs: number;
  events: Events;
  pause: (ms: number) => Promise<void>;
}) {
  const { label, events } = options;
  const sendPart = createSendPart(options);
  return async function reply({
    target,
    parts,
    loadFile,
    startAt,
    inboxid,
    maySend,
    onPartSent,
  }: OutgoingReply): Promise<boolean> {
    for (const [index, part] of parts.entries()) {
      if (index < startAt) continue;
      if (index > startAt) await options.pause(options.partIntervalMs);
      if (!maySend()) return false;
      const startedAt = performance.now();
      const position = { part: index + 1, of: parts.length };
      try {
        await sendPart(part, { target, inboxid: index === 0 ? inboxid : 0, loadFile: () => loadFile(index) });
      } catch (error) {
        if (error instanceof UpstreamCallError && error.outcomeUnknown)
          events.emit({ type: 'part.uncertain', ...position });
        throw error;
      }
      events.emit({ type: 'part.sent', ...label, ...position, durationMs: Math.round(performance.now() - startedAt) });
      if (!(await onPartSent(index + 1))) return true;
    }
    return true;
  };
}
