import { toConversationKey } from '../../conversation-key.ts';
import {
  FonnteRejected,
  FonnteUnreachable,
  IdempotencyKeyReused,
  ignoreStoreUnavailable,
  SendInProgress,
} from '../../errors.ts';
import type { Events } from '../../events.ts';
import type { FonnteDevice } from '../../fonnte/device.ts';
import type { PhoneNumber } from '../../phone.ts';
import type { SessionService } from '../../session/session.ts';
import type { IdempotencyKeys } from '../../store/types.ts';
import { isUpstreamError, UpstreamRejectedError } from '../../upstream/errors.ts';

/** A message of an operator to one number. */
export interface ManualMessage {
  device: Pick<FonnteDevice, 'number' | 'label' | 'send'>;
  target: PhoneNumber;
  /** WhatsApp text. */
  message: string;
}

/** The response of a manual send, as it is stored under its idempotency key. */
export type ManualSendResponse =
  | { status: 200; body: { success: true; target: PhoneNumber; ids: string[]; requestId: string } }
  | { status: 502; body: { error: string; code: string; reason?: string } };

export type SendManually = ReturnType<typeof createManualSend>;

/** Creates `sendManually`: sends a message immediately and adds it to the active session of its conversation. */
export function createManualSend(options: {
  session: Pick<SessionService, 'append'>;
  idempotencyKeys: IdempotencyKeys;
  events: Events;
  now: () => number;
}) {
  const { session, idempotencyKeys, events, now } = options;

  /**
   * With a key, returns the first response under it again for 24 hours; a send that was started and never finished is not
   * repeated.
   * @throws IdempotencyKeyReused, SendInProgress, StoreUnavailable
   */
  return async function sendManually(manual: ManualMessage, key: string | null): Promise<ManualSendResponse> {
    if (key === null) return await send(manual);
    const { device, target, message } = manual;
    const sent = [...(device.number === null ? [] : [device.number]), target, message];
    const claimed = await idempotencyKeys.claim(key, sent.join('\n'));
    if (claimed === 'other-request') throw new IdempotencyKeyReused();
    if (claimed === 'unfinished') throw new SendInProgress();
    if (claimed !== 'new') return claimed as ManualSendResponse;
    const response = await send(manual);
    // The message was sent: a store that cannot record it must not make the caller send it again.
    await idempotencyKeys.complete(key, response).catch(ignoreStoreUnavailable);
    return response;
  };

  async function send({ device, target, message }: ManualMessage): Promise<ManualSendResponse> {
    try {
      const { ids, requestId } = await device.send({ target, message });
      const entry = { role: 'assistant' as const, content: message, timestamp: now() };
      await session.append(toConversationKey(target, device.number), [entry]).catch(ignoreStoreUnavailable);
      events.emit({ type: 'send.manual', ...device.label, outcome: 'ok' });
      return { status: 200, body: { success: true, target, ids, requestId } };
    } catch (error) {
      if (!isUpstreamError(error)) throw error;
      const isRejected = error instanceof UpstreamRejectedError;
      events.emit({ type: 'send.manual', ...device.label, outcome: isRejected ? error.label : 'unreachable' });
      const { message: text, code } = isRejected ? new FonnteRejected() : new FonnteUnreachable();
      return { status: 502, body: { error: text, code, ...(isRejected ? { reason: error.reason } : {}) } };
    }
  }
}
