import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { FINGERPRINT_TTL_MS } from '../../../src/conversation/accept/accept-message.ts';
import { UNLINKED_NOTICE_LIMIT } from '../../../src/conversation/accept/notices.ts';
import type { ConversationKey } from '../../../src/conversation-key.ts';
import type {
  Acceptance,
  DeadLetterReason,
  DeadTurn,
  NewFingerprint,
  NewMessage,
  Notice,
  Refusal,
  StoredReply,
  Turn,
} from '../../../src/store/records.ts';
import { one, type SessionUpdate, type Store } from '../../../src/store/types.ts';
import type { Fingerprint, Message, SessionEntry, SessionNotes } from '../../../src/types.ts';
import { keyOf } from '../conversation.ts';

/** Options of a store under test. The same `place` opens the same data. */
export interface OpenOptions {
  place: string;
  now: () => number;
  monotonicNow: () => number;
}

export type Open = (options: OpenOptions) => Promise<Store>;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const IDLE_MS = 30 * MINUTE;
export const SENDER = keyOf('6281200000001');
export const OTHER = keyOf('6281200000002');
export const USER = 'user-a';
export const PER_MINUTE = 10;

/** A store that can be reopened, with its clocks: `at` is the monotonic time, `aheadMs` the error of the wall clock. */
export interface StoreFixture {
  readonly store: Store;
  readonly inbox: Store['inbox'];
  readonly turns: Store['turns'];
  readonly deadLetters: Store['deadLetters'];
  clock: { at: number; aheadMs: number };
  reopen(): Promise<void>;
  /** Accepts a message within the limits of the fixture: `perMinute` of its sender, and `maxInbox` pending ones. */
  accept(message: Message, fingerprint: NewFingerprint, perMinute: number): Promise<Acceptance>;
  /** Accepts messages of one sender, one after the other, and returns them. */
  acceptTexts(...texts: string[]): Promise<Message[]>;
  message(over?: Partial<Message>): Message;
  /** Accepts these texts and starts a turn with them. */
  begin(...texts: string[]): Promise<Turn>;
}

/** Opens an empty store, closed with the test. */
export async function openStoreFixture(
  t: Test,
  open: Open,
  maxInbox = 1_000,
  place: string = randomUUID(),
): Promise<StoreFixture> {
  const clock = { at: Date.UTC(2026, 10, 23, 2), aheadMs: 0 };
  const options = { place, now: () => clock.at + clock.aheadMs, monotonicNow: () => clock.at };
  let store = await open(options);
  t.teardown(() => store.close());
  const fixture: StoreFixture = {
    get store() {
      return store;
    },
    get inbox() {
      return store.inbox;
    },
    get turns() {
      return store.turns;
    },
    get deadLetters() {
      return store.deadLetters;
    },
    clock,
    async reopen() {
      await store.close();
      store = await open(options);
    },
    accept: (message, fingerprint, perMinute) =>
      one(store.inbox.accept([newMessage(message, fingerprint, { perMinute, maxInbox })])),
    message: (over = {}) => ({
      seq: store.inbox.nextSequence(),
      sender: SENDER,
      userId: USER,
      device: '6281200000099',
      inboxid: 0,
      text: 'berapa sisa anggaran?',
      attachment: null,
      receivedAt: clock.at,
      ...over,
    }),
    async acceptTexts(...texts) {
      const messages = texts.map((text) => fixture.message({ text }));
      for (const message of messages) {
        const acceptance = await fixture.accept(message, fingerprint(), Number.MAX_SAFE_INTEGER);
        if (acceptance !== 'accepted') throw new Error(`not accepted: ${acceptance}`);
      }
      return messages;
    },
    async begin(...texts) {
      const seqs = (await fixture.acceptTexts(...texts)).map(({ seq }) => seq);
      const turn = await one(store.turns.start([{ sender: SENDER, userId: USER, kind: 'answer', seqs }]));
      if (!turn) throw new Error('the turn was not started');
      return turn;
    },
  };
  return fixture;
}

/** Creates a unique fingerprint. */
export function fingerprint(ttl: Fingerprint['ttl'] = 'day', key: string = randomUUID()): NewFingerprint {
  return { key, ttlMs: FINGERPRINT_TTL_MS[ttl] };
}

/** A message to accept, with the limits of the service. */
export function newMessage(
  message: Message,
  fingerprint: NewFingerprint,
  { perMinute = PER_MINUTE, maxInbox = 1_000 } = {},
): NewMessage {
  return { message, fingerprint, perSender: { max: perMinute, withinMs: MINUTE }, maxPending: maxInbox };
}

export function notice(over: Partial<Notice> = {}): Notice {
  const unlimited = {
    kind: 'not-linked' as const,
    sender: SENDER,
    userId: null,
    text: 'Nomor Anda belum terhubung dengan akun SAPA.',
    minIntervalMs: 6 * HOUR,
    linkedUsersOnly: false,
    ...over,
  };
  const isToUnlinked = unlimited.userId === null && !unlimited.linkedUsersOnly;
  return { limit: isToUnlinked ? UNLINKED_NOTICE_LIMIT : null, ...unlimited };
}

export function refusal(fixture: StoreFixture, over: Partial<Refusal> = {}): Refusal {
  return {
    seq: fixture.inbox.nextSequence(),
    sender: SENDER,
    code: 'NOT_LINKED',
    fingerprint: fingerprint(),
    notice: notice(),
    at: fixture.clock.at,
    maxStored: 20,
    ...over,
  };
}

export function entry(content: string, role: SessionEntry['role'] = 'user', timestamp = 0): SessionEntry {
  return { role, content, timestamp };
}

/** Builds an update that adds entries to the session. */
export function addition({
  append = [entry('halo')],
  notes = null,
  userId = USER,
}: {
  append?: SessionEntry[];
  notes?: SessionNotes | null;
  userId?: string;
} = {}): SessionUpdate {
  return (before) => ({
    userId,
    entries: [...(before?.entries ?? []), ...append],
    notes: notes ?? before?.notes ?? {},
  });
}

export function storedReply(fixture: StoreFixture, over: Partial<StoredReply> = {}): StoredReply {
  const entries = [entry('berapa sisa anggaran?'), entry('Sisa Rp1.000.000.', 'assistant')];
  return {
    userId: USER,
    parts: ['Sisa Rp1.000.000.'],
    entries,
    notes: { source: 'SP2D' },
    apologyFor: null,
    at: fixture.clock.at,
    ...over,
  };
}

/** The end of a turn that is given up and keeps its reply. */
export function deadTurn(fixture: StoreFixture, deadLetterReason: DeadLetterReason): DeadTurn {
  return { deadLetterReason, history: [{ ...deadLetterReason, at: fixture.clock.at }], keepsReply: true };
}

/** @returns the next work of a conversation */
export async function nextOf(fixture: StoreFixture, sender: ConversationKey = SENDER, most = 50) {
  return one(fixture.turns.loadNext([{ sender, limit: most }]));
}

/** @returns the texts of pending messages */
export async function waitingTexts(fixture: StoreFixture, sender: ConversationKey = SENDER): Promise<string[]> {
  return (await nextOf(fixture, sender)).waiting.map(({ text }) => text);
}
