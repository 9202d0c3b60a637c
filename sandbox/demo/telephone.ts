import { setTimeout as pause } from 'node:timers/promises';
import type { FonntePayload, PayloadOverrides } from '../fonnte-payload.ts';
import type { AttachmentKind, Bubble, Chats, WebhookAnswer } from './chats.ts';
import type { Told } from './happening.ts';
import type { Person } from './people.ts';
import type { World } from './world.ts';

/** FONNTE repeats a call that was not answered 200 so often. */
export const REPEATS = 15;

/** FONNTE's payload of each kind without the package that passes files on: it says that there was one. */
const WITHOUT_PACKAGE: Record<AttachmentKind, PayloadOverrides> = {
  image: { type: 'image', url: '' },
  voice: { type: 'audio', url: '' },
  location: { type: 'location', url: null, location: '-6.2607,106.8134' },
};

/** Writing on a phone, and FONNTE that carries it to the webhook. */
export interface Telephone {
  write(person: Person, text: string): Bubble;
  attach(person: Person, kind: AttachmentKind): Bubble;
  /** FONNTE makes the last call once more, word by word; false where there was none yet. */
  repeatLast(): boolean;
  /** FONNTE's call about our own device. */
  deviceIs(status: 'connect' | 'disconnect'): void;
  /** Ends what is still repeated. */
  hangUp(): void;
}

/** The phones of a world; `repeatEveryMs` stands for FONNTE's minute. */
export function createTelephone(options: {
  world: Pick<World, 'fonnte' | 'webhookUrl'>;
  chats: Chats;
  tell: (told: Told) => void;
  repeatEveryMs: number;
}): Telephone {
  const { world, chats, tell } = options;
  const hungUp = new AbortController();
  let last: { payload: FonntePayload; bubble: Bubble; name: string } | undefined;

  function send(person: Person, overrides: PayloadOverrides, shown: Partial<Bubble> & { text: string }): Bubble {
    const { phone, name } = person;
    const payload = world.fonnte.buildPayload({ sender: phone, name, ...overrides });
    const bubble = chats.add({ phone, from: 'person', inboxid: Number(payload.inboxid), ...shown });
    last = { payload, bubble, name };
    void callUntilTaken(payload, bubble, name);
    return bubble;
  }

  async function callUntilTaken(payload: FonntePayload, bubble: Bubble, name: string): Promise<void> {
    for (let repeat = 0; repeat <= REPEATS && !hungUp.signal.aborted; repeat += 1) {
      const title = repeat === 0 ? `Pesan dari ${name}` : `FONNTE mengulang (ke-${repeat})`;
      const detail = repeat === 0 ? inShort(bubble) : 'panggilan yang sama';
      const answer = await call(payload, { title, detail, phone: bubble.phone, opens: repeat === 0 });
      const repeating = answer.status !== 200 && repeat < REPEATS;
      chats.change(bubble, { calls: [...bubble.calls, answer], repeating });
      if (!repeating) return;
      await pause(options.repeatEveryMs, undefined, { signal: hungUp.signal }).catch(() => undefined);
    }
  }

  async function call(payload: object, told: Omit<Told, 'source'>): Promise<WebhookAnswer> {
    tell({ source: 'fonnte', ...told });
    const startedAt = Date.now();
    const delivery = await world.fonnte
      .deliver(world.webhookUrl, payload, { retries: 0 })
      .catch(() => ({ statuses: [0], bodies: [null] }));
    const answer = readAnswer(delivery.statuses[0] ?? 0, delivery.bodies[0]);
    const { phone = null } = told;
    const ms = Date.now() - startedAt;
    if (answer.status === 0) tell({ source: 'fonnte', phone, title: 'Webhook tidak menjawab', tone: 'bad' });
    else {
      const title = `Webhook menjawab ${answer.status} ${answer.word}`.trim();
      tell({ source: 'fonnte', phone, title, detail: `${ms} ms`, tone: answer.status === 200 ? 'good' : 'bad' });
    }
    return answer;
  }

  return {
    write: (person, text) => send(person, { message: text }, { text }),
    attach(person, kind) {
      const overrides = { message: 'non-text message', ...WITHOUT_PACKAGE[kind] };
      return send(person, overrides, { text: overrides.location ?? '', attachment: kind });
    },
    repeatLast() {
      if (!last) return false;
      const { payload, bubble } = last;
      const told = { title: 'Panggilan terakhir diulang', detail: inShort(bubble), phone: bubble.phone, opens: true };
      void call(payload, told).then((answer) => chats.change(bubble, { calls: [...bubble.calls, answer] }));
      return true;
    },
    deviceIs(status) {
      const { device } = world.fonnte;
      const reason = status === 'disconnect' ? { reason: 'logged out' } : {};
      const payload = { device, status, timestamp: Math.floor(Date.now() / 1000), ...reason };
      void call(payload, { title: status === 'connect' ? 'Perangkat tersambung lagi' : 'Perangkat terputus' });
    },
    hangUp: () => hungUp.abort(),
  };
}

/** A message in a few words. */
function inShort({ text, attachment }: Bubble): string {
  if (attachment) return { image: 'foto', voice: 'pesan suara', location: 'lokasi' }[attachment];
  return `«${text.length > 60 ? `${text.slice(0, 59)}…` : text}»`;
}

/** An answer of the webhook in a word: its status, or the code of its error. */
export function readAnswer(status: number, body: unknown): WebhookAnswer {
  const { status: word, code } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return { status, word: String(word ?? code ?? '') };
}
