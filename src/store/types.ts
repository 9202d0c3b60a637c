import type { AlertKind, NoticeKind, Outcome } from '../events.ts';
import type { Fingerprint, Message, SessionEntry, SessionNotes } from '../types.ts';

/**
 * An operation on several items at the same time. Returns one promise per item, in their order: an item that fails rejects
 * its own promise and does not affect the others.
 */
export type Batch<Item, Result> = (items: readonly Item[]) => Promise<Result>[];

/** Returns the result of an operation on one item: `one(turns.resume([id]))`. */
export function one<Result>([result]: Promise<Result>[]): Promise<Result> {
  return result ?? Promise.reject(new Error('an operation returned no result for its item'));
}

/** A maximum within a sliding window of time. */
export interface WindowLimit {
  max: number;
  withinMs: number;
}

/** How long rows are stored, ms. */
export interface Retention {
  /** From its last use. */
  sessionMs: number;
  /** Messages and turns, from their end, and refusals. */
  answeredMs: number;
  deadLetterMs: number;
  idempotencyKeyMs: number;
  sentAlertMs: number;
  /** From the start of the day in UTC; more than a day, because the day is one of the user's time zone. */
  tokenUsageMs: number;
}

/** A fingerprint with its lifetime, ms. */
export type NewFingerprint = Pick<Fingerprint, 'key' | 'timestamp'> & { ttlMs: number };

/** A message to accept, with the limits to check. */
export interface NewMessage {
  message: Message;
  fingerprint: NewFingerprint;
  /** Limits the accepted messages of the sender. */
  perSender: WindowLimit;
  /** Maximum pending messages of all senders. */
  maxPending: number;
}

/** `full`: the limit of pending messages is reached. Of several reasons to refuse, the first in this list is returned. */
export type Acceptance = 'accepted' | 'duplicate' | 'rate-limited' | 'full';

/** A reply with a fixed text. */
export interface Notice {
  kind: NoticeKind;
  sender: string;
  /** Null where the sender is not a user, or not yet known to be one. */
  userId: string | null;
  text: string;
  /** Shortest time between two notices of this kind to this sender, ms; above 0. */
  minIntervalMs: number;
  /** Sent only if the sender turns out to be linked. */
  linkedUsersOnly: boolean;
  /** Limits the notices to all senders that have such a limit; null: no limit. */
  limit: WindowLimit | null;
}

/** A message that is not answered, with the records to store. */
export interface Refusal {
  /** The place of the notice among the pending messages of the sender; 0: before all of them. */
  seq: number;
  sender: string;
  code: Outcome;
  /** Null: the fingerprint is not stored, so that FONNTE's repeat is processed. */
  fingerprint: NewFingerprint | null;
  notice: Notice | null;
  at: number;
  /** Maximum refusals stored per sender; the newest are kept. */
  maxStored: number;
}

/**
 * Whether the notice was queued. `suppressed`: one of its kind was sent within its interval; `limited`: its limit was
 * reached; `none`: the refusal has no notice; `duplicate`: the fingerprint is known, so nothing was stored.
 */
export type RefusalResult = 'queued' | 'suppressed' | 'limited' | 'none' | 'duplicate';

/** A turn that has ended, as the detection of reply loops needs it. */
export interface RecentTurn {
  /** ms since the epoch. */
  endedAt: number;
  /** The texts of its messages, one per line; empty when one of them brought a file or place. */
  text: string;
}

export type TurnKind = 'answer' | 'command' | 'notice';

/** Why a turn became a dead letter; `reason` is the text of the upstream, for operators only. */
export interface DeadLetterReason {
  upstream: string;
  reason: string;
}

/** A failed attempt of a turn. Histories of failures begin with the oldest. */
export interface Failure extends DeadLetterReason {
  at: number;
}

/** One attempt to answer messages, with its progress. */
export interface Turn {
  id: string;
  seq: number;
  sender: string;
  userId: string | null;
  kind: TurnKind;
  notice: NoticeKind | null;
  linkedUsersOnly: boolean;
  messages: Message[];
  /** How often it was started. */
  attempts: number;
  /** Processes that died while they ran it, since its last progress: a stored reply, a sent part or a retry. */
  crashes: number;
  /** Time that counts towards its deadline, ms: running and waiting for Gemini, without queueing and downtime. */
  elapsedMs: number;
  /** Not before this time; null: now. */
  retryAt: number | null;
  /** The WhatsApp parts of its stored reply; null while no reply is stored. */
  parts: string[] | null;
  partsSent: number;
  replyAt: number | null;
  /** Added to the session when the reply was sent. */
  entries: SessionEntry[];
  notes: SessionNotes | null;
  /** Consecutive send attempts that failed, and the time of the first (ms since the epoch). */
  sendFailures: number;
  failingSince: number | null;
  /** Whether the wait notice was sent. */
  waitNoticeSent: boolean;
  /** Set when the stored reply is the apology: after it was sent, the turn becomes a dead letter. */
  deadLetterReason: DeadLetterReason | null;
  history: Failure[];
}

/** The recent history of a conversation. It belongs to one user. */
export interface Session {
  sender: string;
  userId: string;
  entries: SessionEntry[];
  notes: SessionNotes;
  updatedAt: number;
}

/** A reply as stored before it is sent. */
export interface StoredReply {
  /** The user to whom it belongs. */
  userId: string | null;
  parts: string[];
  entries: SessionEntry[];
  notes: SessionNotes | null;
  deadLetterReason: DeadLetterReason | null;
  at: number;
}

/** A failed attempt of a turn, and when the next may start. */
export interface Retry {
  retryAt: number;
  elapsedMs: number;
  sendFailures: number;
  failingSince: number | null;
  history: Failure[];
}

/** How a turn ends that is given up. */
export interface DeadTurn {
  deadLetterReason: DeadLetterReason;
  history: Failure[];
  /** False: the stored reply is deleted, so that a replay generates a new one. */
  keepsReply: boolean;
}

export interface DeadLetter {
  id: string;
  sender: string;
  reason: string;
  upstream: string;
  attempts: number;
  messages: string[];
  hasReply: boolean;
  createdAt: number;
  diedAt: number;
  history: Failure[];
}

export interface PendingConversation {
  sender: string;
  /** When its first and last waiting message arrived; null when it has only an open turn. */
  firstAt: number | null;
  lastAt: number | null;
  /** When its open turn may start again; null without an open turn. */
  openAt: number | null;
  /** `crashes` of its open turn; 0 without one. */
  crashes: number;
}

/** The next work of a conversation. */
export interface NextWork {
  /** Its open turn: one that was started before one that was not, then the first by `seq`. */
  open: Turn | null;
  /** Messages that belong to no turn, by `seq`. */
  waiting: Message[];
  pending: PendingConversation;
}

export interface InboxStatus {
  /** Messages accepted and not yet answered. */
  pending: number;
  /** When the oldest pending message arrived; null without a pending message. */
  oldestAt: number | null;
  deadLetters: number;
}

/**
 * Accepts and refuses messages durably.
 *
 * This holds for every interface of the store: the promise of a write resolves when
 * the write is on disk, and every operation may reject with StoreUnavailable, after which nothing of it was stored.
 */
export interface Inbox {
  /** Returns the next arrival number. Called when a request's body was read, before any look-up. */
  nextSequence(): number;
  /** Returns whether the fingerprint of the same request is stored. */
  hasFingerprint: Batch<Pick<Fingerprint, 'key' | 'timestamp'>, boolean>;
  /** Counts the messages of a sender that were accepted since a time. */
  countAccepted: Batch<{ sender: string; since: number }, number>;
  /** Stores message and fingerprint together, or neither. */
  accept: Batch<NewMessage, Acceptance>;
  /** Stores fingerprint, refusal and notice together. */
  refuse: Batch<Refusal, RefusalResult>;
  /**
   * Returns the user of the newest message or session of a sender; null if the sender is unknown, or if the newest record
   * is a refusal or a turn with one of the outcomes in `endedBy`.
   */
  lastOwner: Batch<{ sender: string; endedBy: readonly Outcome[] }, string | null>;
  /** Deletes a fingerprint after its 200 was sent: the same request again is a new message. */
  releaseFingerprint: Batch<string, void>;
  status(): Promise<InboxStatus>;
}

/** The turns that answer messages. An operation on a turn that ended or was deleted stores nothing. */
export interface Turns {
  /** Returns the conversations with waiting messages or an open turn. */
  pending(): Promise<PendingConversation[]>;
  /** Returns the last completed turns of a sender without notices, newest first, at most `limit`. */
  recent: Batch<{ sender: string; limit: number }, RecentTurn[]>;
  /** Returns the next work of a conversation, with at most `limit` waiting messages. */
  loadNext: Batch<{ sender: string; limit: number }, NextWork>;
  /** Creates a turn for these messages. @returns null when one of them was deleted */
  start: Batch<{ sender: string; userId: string | null; kind: TurnKind; seqs: number[] }, Turn | null>;
  /** Counts a start of an open turn. @returns null when the turn was deleted */
  resume: Batch<string, Turn | null>;
  /** Records that this process stopped running a turn without a crash; `elapsedMs` as in Turn. */
  release: Batch<Pick<Turn, 'id' | 'elapsedMs'>, void>;
  /** Releases every turn of this process, at the end of a shutdown. */
  releaseAll(): Promise<void>;
  /** Stores the reply. @returns false when the turn was deleted: the reply must not be sent */
  saveReply: Batch<{ id: string } & StoredReply, boolean>;
  /** Records sent parts. @returns false when the turn was deleted: the remaining parts must not be sent */
  recordPartSent: Batch<Pick<Turn, 'id' | 'partsSent'>, boolean>;
  /** Records that the wait notice was sent; at most one per turn. */
  markWaitNoticeSent: Batch<string, void>;
  scheduleRetry: Batch<{ id: string } & Retry, void>;
  /** Ends the turn and updates the session in one transaction. */
  complete: Batch<{ id: string; outcome: Outcome; session: SessionUpdate | null }, void>;
  /** Ends the turn as a dead letter. */
  moveToDeadLetters: Batch<{ id: string } & DeadTurn, void>;
  /** Ends the turn and deletes its reply; with `deletesSession`, the session too. */
  drop: Batch<{ id: string; outcome: Outcome; deletesSession: boolean }, void>;
}

/** Dead letters, for operators. */
export interface DeadLetters {
  /** Newest first. */
  list(page: { limit: number; cursor: number }): Promise<DeadLetter[]>;
  /** Opens the turn again. @returns `running` when it is already being replayed */
  replay(id: string): Promise<{ sender: string } | 'unknown' | 'running'>;
  /** Deletes and overwrites a dead letter. @returns false when there is none with this id */
  discard(id: string): Promise<boolean>;
}

/** Computes the new session from the stored one (null without a session). @returns null to leave it unchanged */
export type SessionUpdate = (before: Session | null) => Pick<Session, 'userId' | 'entries' | 'notes'> | null;

export interface SessionStore {
  /** The session as stored, however old; `src/session/session.ts` decides whether it is active. */
  get: Batch<string, Session | null>;
  /** Reads and writes a session in one transaction. @returns false when the update left it as it was */
  update: Batch<{ sender: string; update: SessionUpdate }, boolean>;
  delete: Batch<string, void>;
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
  /** Claims the key. @returns `new` for the first request; otherwise the state or response of the first */
  claim(
    key: string,
    request: string,
  ): Promise<'new' | 'unfinished' | 'other-request' | { status: number; body: unknown }>;
  complete(key: string, response: { status: number; body: unknown }): Promise<void>;
}

/** A sent alert, its time (ms since the epoch), and whether the condition is not yet resolved. */
export interface SentAlert {
  kind: AlertKind;
  at: number;
  open: boolean;
}

/** Sent alerts survive a restart, so a crash loop or a deployment does not repeat them. */
export interface SentAlerts {
  all(): Promise<SentAlert[]>;
  save(alert: SentAlert): Promise<void>;
}

/** A conversation for support. */
export interface ConversationOverview {
  phone: string;
  lastMessageAt: number | null;
  sessionEntries: number;
  pending: number;
}

/** The outcome of a message and its time (ms since the epoch). */
export interface RecentOutcome {
  at: number;
  outcome: string;
}

export interface ConversationOverviews {
  /** Returns conversations with an active session or pending work, latest first. */
  active(page: { limit: number; cursor: number; activeSince: number }): Promise<ConversationOverview[]>;
  /** Returns one number, known or not; `recent` holds at most `most` outcomes, newest first. */
  of(sender: string, most: number): Promise<ConversationOverview & { recent: RecentOutcome[] }>;
}

export type StoreStatus = 'ok' | 'full' | 'locked' | 'corrupt' | 'failed' | 'closed';

/**
 * The durable state, as several views of one database.
 *
 * Rules of the product are decided above the store, in src/conversation and src/session. The store evaluates only these,
 * because a check and its write must be one transaction; the caller passes their numbers:
 * - `accept` refuses duplicates and messages above the limit of their sender or of all pending messages;
 * - `refuse` queues no second notice of a kind within its interval, and none above its limit;
 * - `resume` counts the processes that died while they ran a turn, until the turn makes progress;
 * - `prune` deletes rows whose Retention has ended.
 * A session is changed by a function of the caller (SessionUpdate), which runs inside the transaction.
 */
export interface Store {
  inbox: Inbox;
  turns: Turns;
  deadLetters: DeadLetters;
  sessions: SessionStore;
  conversations: ConversationOverviews;
  tokenUsage: TokenUsage;
  idempotencyKeys: IdempotencyKeys;
  sentAlerts: SentAlerts;
  /** Deletes and overwrites every record of a sender. */
  forget(sender: string): Promise<void>;
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
