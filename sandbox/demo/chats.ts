/** What the webhook answered one call: its HTTP status (0: nobody answered) and the word in its body. */
export interface WebhookAnswer {
  status: number;
  /** `accepted`, `duplicate`, `NOT_LINKED` …; empty where there was none. */
  word: string;
}

/** A message without text, as FONNTE's smaller packages pass it on: what it was, and nothing of it. */
export type AttachmentKind = 'image' | 'voice' | 'location';

/** One message as the phone shows it. */
export interface Bubble {
  id: number;
  phone: string;
  from: 'person' | 'assistant';
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
  attachment: AttachmentKind | null;
  /** FONNTE's number of a person's message; of an answer: the message that it quotes. 0: none. */
  inboxid: number;
  /** What the webhook said to it, call after call; empty in answers. */
  calls: WebhookAnswer[];
  /** True while FONNTE will call again. */
  repeating: boolean;
}

/** How many messages of one phone are kept, the newest. */
const KEPT = 200;

/** What stands on each phone's screen. */
export class Chats {
  readonly #bubbles = new Map<string, Bubble[]>();
  readonly #tell: (bubble: Bubble) => void;
  #ids = 0;

  constructor(tell: (bubble: Bubble) => void) {
    this.#tell = tell;
  }

  /** Every message of every phone, oldest first. */
  all(): Bubble[] {
    return [...this.#bubbles.values()].flat().sort((one, other) => one.id - other.id);
  }

  add(bubble: Pick<Bubble, 'phone' | 'from' | 'text'> & Partial<Bubble>): Bubble {
    this.#ids += 1;
    const added = {
      at: Date.now(),
      attachment: null,
      inboxid: 0,
      calls: [],
      repeating: false,
      ...bubble,
      id: this.#ids,
    };
    const chat = this.#bubbles.get(added.phone) ?? [];
    this.#bubbles.set(added.phone, [...chat, added].slice(-KEPT));
    this.#tell(added);
    return added;
  }

  /** Notes what became of a message. */
  change(bubble: Bubble, change: Partial<Pick<Bubble, 'calls' | 'repeating'>>): void {
    Object.assign(bubble, change);
    this.#tell(bubble);
  }
}
