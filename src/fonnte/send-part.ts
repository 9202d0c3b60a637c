import type { Events } from '../events.ts';
import type { PhoneNumber } from '../phone.ts';
import type { FileBytes, FilePart, ReplyPart } from '../types.ts';
import { UpstreamRejectedError } from '../upstream/errors.ts';
import type { FonnteClient } from './client.ts';
import { REJECTED_INPUT, UNKNOWN_REJECTION } from './parse-response.ts';

/** HTTP statuses of a server in front of FONNTE that does not accept an upload. */
const UPLOAD_REJECTED_STATUSES = new Set([413, 415]);

/**
 * Creates the sending of one part. A file is replaced by its text if the FONNTE package has no files, if FONNTE rejects the
 * file, or if its bytes are lost; `file.replaced` is emitted then.
 */
export function createSendPart({ fonnte, events }: { fonnte: FonnteClient; events: Events }) {
  /** @throws the errors of `loadFile` and `FonnteClient.send`, except those of an upload that may concern the file */
  return async function sendPart(
    part: ReplyPart,
    { target, inboxid, loadFile }: { target: PhoneNumber; inboxid: number; loadFile(): Promise<FileBytes | null> },
  ): Promise<void> {
    if (typeof part === 'string') return void (await fonnte.send({ target, message: part, inboxid }));
    const reason = await sendFile(part);
    if (reason === null) return;
    await fonnte.send({ target, message: part.fallback, inboxid });
    events.emit({ type: 'file.replaced', mediaType: part.mediaType, reason });

    /** @returns null when FONNTE accepted the file; otherwise why the text is sent instead */
    async function sendFile({ name, mediaType, caption }: FilePart): Promise<'package' | 'lost' | 'rejected' | null> {
      if (!fonnte.acceptsFiles()) return 'package';
      const data = await loadFile();
      if (!data) return 'lost';
      try {
        await fonnte.send({ target, message: caption, inboxid, file: { name, mediaType, data } });
        return null;
      } catch (error) {
        if (error instanceof UpstreamRejectedError && isAboutFile(error)) return 'rejected';
        throw error;
      }
    }
  };
}

/**
 * FONNTE does not document how it rejects files of other packages. A rejection in its JSON that is not known to concern the
 * token, target, quota or device is therefore answered with the text, as is HTTP 413 or 415. If the reason was another one,
 * the text is rejected too.
 */
function isAboutFile({ label, status }: UpstreamRejectedError): boolean {
  if (status !== undefined) return UPLOAD_REJECTED_STATUSES.has(status);
  return label === REJECTED_INPUT || label === UNKNOWN_REJECTION;
}
