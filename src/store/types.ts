import type { ConversationKey } from '../conversation-key.ts';
import type { AlertKind, Outcome } from '../events.ts';
import type { PhoneNumber } from '../phone.ts';
import type { FileBytes, Fingerprint, Message } from '../types.ts';
import type {
  Acceptance,
  ConversationOverview,
  DeadLetter,
  DeadTurn,
  InboxStatus,
  NewMessage,
  NextWork,
  OpenTurn,
  Pause,
  PendingConversation,
  RecentOutcome,
  RecentTurn,
  Refusal,
  RefusalResult,
  Retry,
  SentAlert,
  Session,
  StoredReply,
  Turn,
  TurnKind,
} from './records.ts';

/**
 * An operation on several items at the same time. Returns one promise per item, in their order: an item that fails rejects
 * its own promise and does not affect the others.
 */
export type Batch<Item, Result> = (items: readonly Item[]) => Promise<Result>[];

/** Returns the result of an operation on one item: `one(turns.resume([id]))`. */
export function one<Result>([result]: Promise<Result>[]): Promise<Result> {
  return result ?? Promise.reject(new Error('an operation returned no result for its item'));
}

/** Accepts and refuses messages. */
export interface Inbox {
  /** Returns the next arrival number. Called when a request's body was read, before any look-up. */
  nextSequence(): number;
  /** Returns whether the fingerprint of the same request is stored. */
  hasFingerprint: Batch<Pick<Fingerprint, 'key' | 'timestamp'>, boolean>;
  /** Counts the messages of a sender that were accepted since a time. */
  countAccepted: Batch<{ sender: ConversationKey; since: number }, number>;
  /** Stores message and fingerprint together, or neither. */
  accept: Batch<NewMessage, Acceptance>;
  /** Stores fingerprint, refusal and notice together. */
  refuse: Batch<Refusal, RefusalResult>;
  /**
   * Returns the user of the newest message or session of a sender; null if the sender is unknown, or if the newest record
   * is a refusal or a turn with one of the outcomes in `endedBy`.
   */
  lastUserId: Batch<{ sender: ConversationKey; endedBy: readonly Outcome[] }, string | null>;
  /** Deletes a fingerprint after its 200 was sent: the same request again is a new message. */
  releaseFingerprint: Batch<string, void>;
  status(): Promise<InboxStatus>;
}

/**
 * The turns that answer messages. An operation on a turn that ended or was deleted stores nothing.
 *
 * Several processes may share a store. A conversation with work belongs to one of them from `accept`, `loadNext`, `start`,
 * `resume` or `claim` until it has no more work, or until the process has died. For any other process it has no work, and what that one
 * writes to a turn of the conversation is not stored. A paused conversation belongs to no process.
 */
export interface Turns {
  /** Returns the conversations with waiting messages or an open turn, except those of other processes. */
  pending(): Promise<PendingConversation[]>;
  /**
   * Takes over due conversations that belong to no process, at most `limit`, and returns them with as many that belong to
   * this process and that it runs no turn of. Null: no other process uses this store.
   */
  claim: ((limit: number) => Promise<PendingConversation[]>) | null;
  /** False when another process may have taken over this running turn: then nothing of it may be sent. */
  maySend(id: string): boolean;
  /** Returns the last completed turns of a sender without notices, newest first, at most `limit`. */
  recent: Batch<{ sender: ConversationKey; limit: number }, RecentTurn[]>;
  /** Returns the next work of a conversation, with at most `limit` waiting messages. */
  loadNext: Batch<{ sender: ConversationKey; limit: number }, NextWork>;
  /** Creates a turn for these messages. @returns null when one of them was deleted, or the conversation is paused */
  start: Batch<{ sender: ConversationKey; userId: string | null; kind: TurnKind; seqs: number[] }, Turn | null>;
  /** Returns an open turn and what waits after it, with at most `limit` waiting messages. @returns null when it ended or was deleted */
  loadOpen: Batch<{ id: string; limit: number }, OpenTurn | null>;
  /** Adds waiting messages to an open turn without a reply. @returns null, and adds nothing, for any other turn */
  join: Batch<{ id: string; seqs: number[] }, Turn | null>;
  /** Counts a start of an open turn. @returns null when the turn was deleted, or has no reply and its conversation is paused */
  resume: Batch<string, Turn | null>;
  /** Records that this process stopped running a turn without a crash; `elapsedMs` as in Turn. */
  release: Batch<Pick<Turn, 'id' | 'elapsedMs'>, void>;
  /** Releases every turn of this process, at the end of a shutdown. */
  releaseAll(): Promise<void>;
  /**
   * Stores the reply. With `requiresNoWaiting`, it is stored only while no message of the sender waits.
   * @returns false when it was not stored: the turn was deleted, or a message waits. The reply must not be sent
   */
  saveReply: Batch<{ id: string; requiresNoWaiting?: boolean } & StoredReply, boolean>;
  /** Returns the bytes of a file of the stored reply, deleted with it. @returns null when the part has no stored file */
  loadFile: Batch<{ id: string; part: number }, FileBytes | null>;
  /** Records sent parts. @returns false when the turn was deleted: the remaining parts must not be sent */
  recordPartSent: Batch<Pick<Turn, 'id' | 'partsSent'>, boolean>;
  /** Records that the wait notice was sent; at most one per turn. */
  markWaitNoticeSent: Batch<string, void>;
  scheduleRetry: Batch<{ id: string } & Retry, void>;
  /** Ends the turn and updates the session in one transaction. @returns whether its conversation has more work */
  complete: Batch<{ id: string; outcome: Outcome; session: SessionUpdate | null }, boolean>;
  /** Ends the turn as a dead letter. */
  moveToDeadLetters: Batch<{ id: string } & DeadTurn, void>;
  /** Ends the turn and deletes its reply; with `deletesSession`, the session too. */
  drop: Batch<{ id: string; outcome: Outcome; deletesSession: boolean }, void>;
}

/** Pauses of conversations: no turn starts until the end, except one whose reply is stored and that was started before. */
export interface Pauses {
  /** Pauses a conversation. A pause that is active gets the new end and keeps its sequence number. */
  start(pause: { sender: ConversationKey } & Pause): Promise<void>;
  /**
   * Ends an active pause. The messages that were received while paused and wait, up to the sequence number
   * `unansweredThrough`, end without an answer.
   */
  end(pause: { sender: ConversationKey; unansweredThrough: number }): Promise<void>;
  /** Returns the newest `limit` waiting messages that were received during the active pause, by `seq`. */
  held(query: { sender: ConversationKey; limit: number }): Promise<Message[]>;
}

/** Dead letters, for operators. */
export interface DeadLetters {
  /** Newest first. */
  list(page: { limit: number; cursor: number }): Promise<DeadLetter[]>;
  /** Opens the turn again. @returns `running` when it is already being replayed */
  replay(id: string): Promise<{ sender: ConversationKey } | 'unknown' | 'running'>;
  /** Deletes and overwrites a dead letter. @returns false for an unknown id */
  discard(id: string): Promise<boolean>;
}

/** Computes the new session from the stored one (null without a session). @returns null to leave it unchanged */
export type SessionUpdate = (before: Session | null) => Pick<Session, 'userId' | 'entries' | 'notes'> | null;

export interface SessionStore {
  /** The session as stored, however old; `src/session/session.ts` decides whether it is active. */
  get: Batch<ConversationKey, Session | null>;
  /** Reads and writes a session in one transaction. @returns false when the update left it as it was */
  update: Batch<{ sender: ConversationKey; update: SessionUpdate }, boolean>;
  delete: Batch<ConversationKey, void>;
  /** Counts the sessions that were used from this time on, ms since the epoch. */
  countUsedSince(from: number): Promise<number>;
}

/** Gemini's tokens of a user on a day (`2026-11-24`). */
export interface TokenUsage {
  used: Batch<{ userId: string; day: string }, number>;
  add: Batch<{ userId: string; day: string; tokens: number }, void>;
}

/** Responses of manual sends, stored under the client's Idempotency-Key. */
export interface IdempotencyKeys {
  /** Claims the key; only a hash of the request is stored. @returns `new` for the first request; otherwise the state or response of the first */
  claim(
    key: string,
    request: string,
  ): Promise<'new' | 'unfinished' | 'other-request' | { status: number; body: unknown }>;
  complete(key: string, response: { status: number; body: unknown }): Promise<void>;
}

/** Sent alerts survive a restart, so a crash loop or a deployment does not repeat them. */
export interface SentAlerts {
  /** Reserves alerts of a kind for this process, at most for 30 s. @returns false while another process has reserved them */
  reserve(kind: AlertKind): Promise<boolean>;
  release(kind: AlertKind): Promise<void>;
  all(): Promise<SentAlert[]>;
  save(alert: SentAlert): Promise<void>;
}

/** Overviews of conversations. Sessions that were last used before `activeSince` (ms since the epoch) have expired. */
export interface ConversationOverviews {
  /** Returns conversations with an active session, pending work or an active pause, latest first. */
  active(page: { limit: number; cursor: number; activeSince: number }): Promise<ConversationOverview[]>;
  /** Returns one number, known or not; `recent` holds at most `limit` outcomes, newest first. */
  of(
    conversation: ConversationKey,
    options: { limit: number; activeSince: number },
  ): Promise<ConversationOverview & { recent: RecentOutcome[] }>;
}

export type StoreStatus = 'ok' | 'full' | 'locked' | 'corrupt' | 'failed' | 'closed';

/** The clock may run ahead of the time that passed by this much and is still trusted, ms. */
export const MAX_CLOCK_JUMP_MS = 24 * 60 * 60 * 1000;

/** The longest pause of a conversation, ms: one that operators forget ends by itself. */
export const MAX_PAUSE_MS = 7 * 24 * 60 * 60 * 1000;

/** How long rows are stored, ms. */
export interface Retention {
  /** From its last use. */
  sessionMs: number;
  /** Messages, turns and pauses, from their end, and refusals. */
  answeredMs: number;
  deadLetterMs: number;
  /** How much longer dead letters are stored after the wall clock jumped ahead, in running time of the service. */
  deadLetterHoldMs: number;
  idempotencyKeyMs: number;
  sentAlertMs: number;
  /** From the start of the day in UTC; more than a day, because the day is one of the user's time zone. */
  tokenUsageMs: number;
}

/**
 * The durable state, as several views of one database. The promise of a write resolves when the write is on disk. Every
 * operation may reject with StoreUnavailable, and then nothing of it was stored.
 *
 * Rules of the product are decided above the store, in src/conversation and src/session. The store evaluates only these,
 * because a check and its write must be one transaction; the caller passes their numbers:
 * - `accept` refuses duplicates and messages above the limit of their sender or of all pending messages;
 * - `refuse` queues no second notice of a kind within its interval, no notice above its limit, and no notice while paused;
 * - no turn starts while its conversation is paused (Pauses);
 * - `saveReply` stores a reply on request only while no message of its sender waits;
 * - a turn counts the processes that died while they ran it, until it makes progress;
 * - `prune` deletes rows whose Retention has ended.
 * A session is changed by a function of the caller (SessionUpdate), which runs inside the transaction.
 *
 * `sender` is the key of a conversation everywhere (src/conversation-key.ts): the number of the sender, with a device if
 * several are configured.
 */
export interface Store {
  inbox: Inbox;
  turns: Turns;
  pauses: Pauses;
  deadLetters: DeadLetters;
  sessions: SessionStore;
  conversations: ConversationOverviews;
  tokenUsage: TokenUsage;
  idempotencyKeys: IdempotencyKeys;
  sentAlerts: SentAlerts;
  /** Deletes and overwrites every record of a phone number, with every device. */
  forget(phone: PhoneNumber): Promise<void>;
  /** Calls `listener` within 5 s after another process has deleted a number, possibly several times. */
  onForget(listener: (phone: PhoneNumber) => void): void;
  /**
   * Deletes rows whose retention has ended. Called every minute, because it also overwrites rows that were deleted or
   * replaced since the last call (forget and discard overwrite at once).
   * @returns the number of deleted rows
   */
  prune(): Promise<number>;
  status(): StoreStatus;
  /** Counts the quarantined databases. @returns null when the folder can't be read */
  quarantinedFiles(): number | null;
  close(): Promise<void>;
}
