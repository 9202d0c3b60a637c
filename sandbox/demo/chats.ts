/** The response of the webhook: HTTP status (0: no response) and the status or error code in its body. */
export interface WebhookResponse {
  status: number;
  /** `accepted`, `duplicate`, `NOT_LINKED` …; empty if the body has no values. */
  code: string;
}

/** The kind of a message without text. FONNTE's smaller packages transmit only the kind, not the content. */
export type AttachmentKind = 'image' | 'voice' | 'location';

/** A file that the assistant sent. The page loads it from `/files/<id of the bubble>`. */
export interface SentFile {
  name: string;
  mediaType: string;
  data: Buffer;
}

/** A message as the phone shows it. */
export interface Bubble {
  id: number;
  phone: string;
  from: 'person' | 'assistant';
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
  attachment: AttachmentKind | null;
  /** The file of a reply, `bytes` its size. */
  file: { name: string; mediaType: string; bytes: number } | null;
  /** FONNTE's id of a user's message; for a reply, the id of the quoted message. 0: no id. */
  inboxid: number;
  /** The responses of the webhook, one per delivery; empty for replies. */
  responses: WebhookResponse[];
  /** True while FONNTE will repeat the delivery. */
  repeating: boolean;
}

/** The oldest messages of a phone are dropped: the page shows a conversation, not an archive. */
const MAX_BUBBLES_PER_PHONE = 200;

/** The messages on the screen of each phone. */
export class Chats {
  readonly #bubbles = new Map<string, Bubble[]>();
  readonly #files = new WeakMap<Bubble, SentFile>();
  readonly #onChange: (bubble: Bubble) => void;
  #lastId = 0;

  constructor(onChange: (bubble: Bubble) => void) {
    this.#onChange = onChange;
  }

  /** @returns the messages of all phones, oldest first */
  list(): Bubble[] {
    return [...this.#bubbles.values()].flat().sort((one, other) => one.id - other.id);
  }

  add(bubble: Pick<Bubble, 'phone' | 'from' | 'text'> & Partial<Bubble>, file?: SentFile): Bubble {
    this.#lastId += 1;
    const added = {
      at: Date.now(),
      attachment: null,
      file: file ? { name: file.name, mediaType: file.mediaType, bytes: file.data.length } : null,
      inboxid: 0,
      responses: [],
      repeating: false,
      ...bubble,
      id: this.#lastId,
    };
    if (file) this.#files.set(added, file);
    const chat = this.#bubbles.get(added.phone) ?? [];
    this.#bubbles.set(added.phone, [...chat, added].slice(-MAX_BUBBLES_PER_PHONE));
    this.#onChange(added);
    return added;
  }

  /** @returns the file of a message; undefined for a message without one and for dropped messages */
  fileOf(id: number): SentFile | undefined {
    const bubble = this.list().find((one) => one.id === id);
    return bubble && this.#files.get(bubble);
  }

  /** Updates the delivery state of a message. */
  update(bubble: Bubble, change: Partial<Pick<Bubble, 'responses' | 'repeating'>>): void {
    Object.assign(bubble, change);
    this.#onChange(bubble);
  }
}
