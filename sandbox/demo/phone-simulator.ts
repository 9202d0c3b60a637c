import { setTimeout as pause } from 'node:timers/promises';
import type { FonntePayload, PayloadOverrides } from '../fonnte-payload.ts';
import type { AttachmentKind, Bubble, Chats, WebhookResponse } from './chats.ts';
import type { DemoEnvironment } from './environment.ts';
import type { Person } from './people.ts';
import type { TimelineEventInput } from './timeline-event.ts';

/** FONNTE repeats a delivery at most 15 times if the response is not 200. */
export const MAX_REPEATS = 15;

/** FONNTE's payload of each kind without the larger package: only the kind of the attachment, not the file. */
const ATTACHMENT_PAYLOADS: Record<AttachmentKind, PayloadOverrides> = {
  image: { type: 'image', url: '' },
  voice: { type: 'audio', url: '' },
  location: { type: 'location', url: null, location: '-6.2607,106.8134' },
};

/** Simulates phones whose messages FONNTE delivers to the webhook. */
export interface PhoneSimulator {
  sendText(person: Person, text: string): Bubble;
  sendAttachment(person: Person, kind: AttachmentKind): Bubble;
  /** Delivers the last payload again. @returns false if there is no last payload */
  repeatLastRequest(): boolean;
  /** Sends FONNTE's webhook call about the device status. */
  reportDeviceStatus(status: 'connect' | 'disconnect'): void;
  /** Stops all repeated deliveries. */
  close(): void;
}

/** Creates the simulator; `repeatEveryMs` replaces FONNTE's minute between two deliveries. */
export function createPhoneSimulator(options: {
  environment: Pick<DemoEnvironment, 'fonnte' | 'webhookUrl'>;
  chats: Chats;
  addEvent: (event: TimelineEventInput) => void;
  repeatEveryMs: number;
}): PhoneSimulator {
  const { environment, chats, addEvent } = options;
  const closing = new AbortController();
  let last: { payload: FonntePayload; bubble: Bubble; name: string } | undefined;

  function send(person: Person, overrides: PayloadOverrides, fields: Partial<Bubble> & { text: string }): Bubble {
    const { phone, name } = person;
    const payload = environment.fonnte.buildPayload({ sender: phone, name, ...overrides });
    const bubble = chats.add({ phone, from: 'person', inboxid: Number(payload.inboxid), ...fields });
    last = { payload, bubble, name };
    void deliverWithRepeats(payload, bubble, name);
    return bubble;
  }

  async function deliverWithRepeats(payload: FonntePayload, bubble: Bubble, name: string): Promise<void> {
    for (let repeat = 0; repeat <= MAX_REPEATS && !closing.signal.aborted; repeat += 1) {
      const title = repeat === 0 ? `Pesan dari ${name}` : `FONNTE mengulang (ke-${repeat})`;
      const detail = repeat === 0 ? summarize(bubble) : 'panggilan yang sama';
      const response = await deliver(payload, { title, detail, phone: bubble.phone, startsMessage: repeat === 0 });
      const repeating = response.status !== 200 && repeat < MAX_REPEATS;
      chats.update(bubble, { responses: [...bubble.responses, response], repeating });
      if (!repeating) return;
      await pause(options.repeatEveryMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function deliver(payload: object, event: Omit<TimelineEventInput, 'source'>): Promise<WebhookResponse> {
    addEvent({ source: 'fonnte', ...event });
    const startedAt = Date.now();
    const delivery = await environment.fonnte
      .deliver(environment.webhookUrl, payload, { retries: 0 })
      .catch(() => ({ statuses: [0], bodies: [null] }));
    const response = parseWebhookResponse(delivery.statuses[0] ?? 0, delivery.bodies[0]);
    const { phone = null } = event;
    const durationMs = Date.now() - startedAt;
    if (response.status === 0) addEvent({ source: 'fonnte', phone, title: 'Webhook tidak menjawab', tone: 'bad' });
    else {
      const title = `Webhook menjawab ${response.status} ${response.code}`.trim();
      addEvent({
        source: 'fonnte',
        phone,
        title,
        detail: `${durationMs} ms`,
        tone: response.status === 200 ? 'good' : 'bad',
      });
    }
    return response;
  }

  return {
    sendText: (person, text) => send(person, { message: text }, { text }),
    sendAttachment(person, kind) {
      const overrides = { message: 'non-text message', ...ATTACHMENT_PAYLOADS[kind] };
      return send(person, overrides, { text: overrides.location ?? '', attachment: kind });
    },
    repeatLastRequest() {
      if (!last) return false;
      const { payload, bubble } = last;
      const event = {
        title: 'Panggilan terakhir diulang',
        detail: summarize(bubble),
        phone: bubble.phone,
        startsMessage: true,
      };
      void deliver(payload, event).then((response) =>
        chats.update(bubble, { responses: [...bubble.responses, response] }),
      );
      return true;
    },
    reportDeviceStatus(status) {
      const { device } = environment.fonnte;
      const reason = status === 'disconnect' ? { reason: 'logged out' } : {};
      const payload = { device, status, timestamp: Math.floor(Date.now() / 1000), ...reason };
      void deliver(payload, { title: status === 'connect' ? 'Perangkat tersambung lagi' : 'Perangkat terputus' });
    },
    close: () => closing.abort(),
  };
}

/** Summarizes a message in Indonesian. */
function summarize({ text, attachment }: Bubble): string {
  if (attachment) return { image: 'foto', voice: 'pesan suara', location: 'lokasi' }[attachment];
  return `«${text.length > 60 ? `${text.slice(0, 59)}…` : text}»`;
}

/** Reads the `status` of a webhook response, or the `code` of an error. */
export function parseWebhookResponse(status: number, body: unknown): WebhookResponse {
  const { status: result, code } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { status, code: String(result ?? code ?? '') };
}
