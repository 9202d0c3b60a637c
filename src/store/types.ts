import type { AlertKind, NoticeKind, Outcome } from '../events.ts';
import type { Fingerprint, Message, SessionEntry, SessionNotes } from '../types.ts';

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
}

/** A webhook request that receives an error response, with the records to store. */
export interface Refusal {
  seq: number;
  sender: string;
  code: Outcome;
  /** Null: the fingerprint is not stored, so that FONNTE's repeat is processed. */
  fingerprint: Fingerprint | null;
  notice: Notice | null;
  at: number;
}

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
  /** Failures, oldest first, at most 20. */
  history: { at: number; upstream: string; reason: string }[];
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
  problem: { at: number; upstream: string; reason: string } | null;
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
  /** Failures, oldest first, at most 20. */
  history: { at: number; upstream: string; reason: string }[];
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

export interface InboxStatus {
  /** Messages accepted and not yet answered. */
  pending: number;
  /** When the oldest pending message arrived; null without a pending message. */
  oldestAt: number | null;
  deadLetters: number;
}

/**
 * The durable store of messages that are not yet answered, and the turns that answer them.
 * Every promise of a write resolves when the write is on disk. Every method may reject with StoreUnavailable, and then
 * nothing of the write was stored.
 */
export interface Inbox {
  /** Returns the next arrival number. Called when a request's body was read, before any look-up. */
  nextSequence(): number;
  /** Returns whether the fingerprint of the same request is stored. */
  hasFingerprint(fingerprint: Pick<Fingerprint, 'key' | 'timestamp'>): Promise<boolean>;
  /** Counts the messages of a sender that were accepted since a time. */
  acceptedSince(sender: string, since: number): Promise<number>;
  /** Stores message and fingerprint together, or neither. Of several reasons to refuse, returns the first in Acceptance. */
  accept(message: Message, fingerprint: Fingerprint, perMinute: number): Promise<Acceptance>;
  /**
   * Stores fingerprint and notice together. `suppressed`: the notice was sent within its interval, or the hourly limit of
   * notices to unlinked numbers was reached (emits an event); the other records are stored.
   */
  refuse(refusal: Refusal): Promise<'queued' | 'suppressed' | 'none' | 'duplicate'>;
  /** Returns the user of the newest message, turn or session of a sender; null if the sender is unknown. */
  lastOwner(sender: string): Promise<string | null>;
  /** Deletes a fingerprint after its 200 was sent: the same request again is a new message. */
  releaseFingerprint(key: string): Promise<void>;

  pendingConversations(): Promise<PendingConversation[]>;
  /** Returns the last completed turns of a sender without notices, newest first, at most `most`. */
  recentTurns(sender: string, most: number): Promise<RecentTurn[]>;
  /** Returns the next work of a conversation: its open turn, or its waiting messages in order (at most `most`). */
  loadNext(
    sender: string,
    most: number,
  ): Promise<{ open: Turn | null; waiting: Message[]; pending: PendingConversation }>;
  /** Creates a turn for these messages. @returns null when one of them was deleted */
  startTurn(turn: { sender: string; userId: string | null; kind: TurnKind; seqs: number[] }): Promise<Turn | null>;
  /** Counts a start of an open turn, and a crash if its process died. @returns null when the turn was deleted */
  resumeTurn(id: string): Promise<Turn | null>;
  /** Records that this process stopped running a turn without a crash; `elapsedMs` as in Turn. */
  release(id: string, elapsedMs: number): Promise<void>;
  /** Releases every turn of this process, at the end of a shutdown. */
  releaseAll(): Promise<void>;
  /** Stores the reply. @returns false when the turn was deleted: the reply must not be sent */
  saveReply(id: string, userId: string | null, reply: StoredReply): Promise<boolean>;
  /** Records sent parts. @returns false when the turn was deleted: the remaining parts must not be sent */
  recordPartSent(id: string, partsSent: number): Promise<boolean>;
  /** Records that the wait notice was sent; at most one per turn. */
  markWaitNoticeSent(id: string): Promise<void>;
  scheduleRetry(id: string, retry: Retry): Promise<void>;
  /** Completes the turn and updates the session in one transaction. */
  completeTurn(id: string, end: { outcome: Outcome; session: SessionUpdate | null }): Promise<void>;
  /** Moves the turn to the dead letters and deletes a stored apology. */
  moveToDeadLetters(id: string, deadLetterReason: DeadLetterReason): Promise<void>;
  /** Ends the turn and deletes its reply; with `session`, the session too. */
  dropTurn(id: string, reason: Outcome, session: boolean): Promise<void>;

  deadLetters(page: { limit: number; cursor: number }): Promise<DeadLetter[]>;
  /** Opens the turn again. @returns `running` when it is already being replayed */
  replay(id: string): Promise<{ sender: string } | 'unknown' | 'running'>;
  discard(id: string): Promise<boolean>;
  status(): Promise<InboxStatus>;
}

/** Computes the new session from the stored one (null without a session). @returns null to leave it unchanged */
export type SessionUpdate = (before: Session | null) => Pick<Session, 'userId' | 'entries' | 'notes'> | null;

export interface SessionStore {
  /** The session as stored, however old; `src/session/session.ts` decides whether it is active. */
  get(sender: string): Promise<Session | null>;
  /** Reads and writes a session in one transaction. @returns false when the update left it as it was */
  update(sender: string, update: SessionUpdate): Promise<boolean>;
  forget(sender: string): Promise<void>;
  /** Counts the sessions that were used from this time on, ms since the epoch. */
  countUsedSince(from: number): Promise<number>;
}

/** Gemini's tokens of a user on a day (`2026-11-24`). */
export interface TokenUsage {
  used(userId: string, day: string): Promise<number>;
  add(userId: string, day: string, tokens: number): Promise<void>;
}

/** Responses of manual sends, stored for 24 hours under the client's Idempotency-Key. */
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

/** Several views of one database. */
export interface Store {
  inbox: Inbox;
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
  prune(sessionIdleMs: number): Promise<number>;
  status(): StoreStatus;
  /** Counts the quarantined databases. @returns null when the folder can't be read */
  quarantinedFiles(): number | null;
  close(): Promise<void>;
}
