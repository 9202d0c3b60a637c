import type { AlertKind, NoticeKind, Outcome } from '../events.ts';
import type { Fingerprint, Message, SessionEntry, SessionNotes } from '../types.ts';

export type Acceptance = 'accepted' | 'duplicate' | 'rate-limited' | 'full';

/** A reply that the service itself words. */
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

/** A call that is answered with an error, and what is to be remembered of it. */
export interface Refusal {
  seq: number;
  sender: string;
  code: Outcome;
  /** Null: not marked as seen, so that FONNTE's repeat gets another chance. */
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

/** Why a turn is given up on; `reason` holds the upstream's own words, for operators only. */
export interface DeadLetterReason {
  upstream: string;
  reason: string;
}

/** One answer under way: what it answers, and how far it got. */
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
  /** Processes that died while they ran it, since its last progress: a stored reply, a recorded part or retry. */
  crashes: number;
  /** Time used up of its deadline, ms: running and waiting for Gemini, without queueing and downtime. */
  elapsedMs: number;
  /** Not before this time; null: now. */
  retryAt: number | null;
  /** The WhatsApp parts of its stored reply; null while there is none. */
  parts: string[] | null;
  partsSent: number;
  replyAt: number | null;
  /** What becomes of the session when the reply is out. */
  entries: SessionEntry[];
  notes: SessionNotes | null;
  /** Tries in a row to send that failed, and since when (ms since the epoch). */
  sendFailures: number;
  failingSince: number | null;
  /** Whether the sender was told that the answer takes a moment. */
  waitNoticeSent: boolean;
  /** Set where the stored reply is the apology: once sent, the turn is dead. */
  deadLetterReason: DeadLetterReason | null;
  /** What went wrong so far, oldest first, at most 20. */
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

/** A reply as it is kept before it is sent. */
export interface StoredReply {
  parts: string[];
  entries: SessionEntry[];
  notes: SessionNotes | null;
  deadLetterReason: DeadLetterReason | null;
  at: number;
}

/** A turn's try that failed, and when the next may start. */
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
  /** What went wrong, oldest first, at most 20. */
  history: { at: number; upstream: string; reason: string }[];
}

export interface PendingConversation {
  sender: string;
  /** When its first and its last waiting message came; null where only a started turn is left. */
  firstAt: number | null;
  lastAt: number | null;
  /** When its open turn may start again; null where there is none. */
  openAt: number | null;
  /** `crashes` of its open turn; 0 where there is none. */
  crashes: number;
}

export interface InboxStatus {
  /** Messages accepted and not yet answered. */
  pending: number;
  /** When the oldest of them came; null: none. */
  oldestAt: number | null;
  deadLetters: number;
}

/**
 * The durable store of messages that are not yet answered, and the turns that answer them.
 * Every promise of a write resolves when the write is on disk. Every method may reject with StoreUnavailable, and then
 * nothing of it was kept.
 */
export interface Inbox {
  /** The next arrival number; taken when a call's body is in, before anything is looked up. */
  nextSequence(): number;
  /** Whether the same call was remembered before. */
  hasFingerprint(fingerprint: Pick<Fingerprint, 'key' | 'timestamp'>): Promise<boolean>;
  /** How many messages of a sender were accepted since a time. */
  acceptedSince(sender: string, since: number): Promise<number>;
  /** Message and fingerprint together, or neither. Of several reasons against it the first in Acceptance's order. */
  accept(message: Message, fingerprint: Fingerprint, perMinute: number): Promise<Acceptance>;
  /**
   * Fingerprint and notice together. `suppressed`: such a notice went out lately, or too many to people who are no users
   * (an event says so); only the rest was kept.
   */
  refuse(refusal: Refusal): Promise<'queued' | 'suppressed' | 'none' | 'duplicate'>;
  /** The user that the newest message, turn or session of a sender belongs to; null: none is kept. */
  lastOwner(sender: string): Promise<string | null>;
  /** A 200 for this `once` fingerprint is out: the same call again is a new message. */
  releaseFingerprint(key: string): Promise<void>;

  pendingConversations(): Promise<PendingConversation[]>;
  /** The last turns of a sender that have ended, newest first, at most `most`; notices do not count. */
  recentTurns(sender: string, most: number): Promise<RecentTurn[]>;
  /** What a conversation has to do next: its open turn, else its waiting messages in order (at most `most`). */
  loadNext(
    sender: string,
    most: number,
  ): Promise<{ open: Turn | null; waiting: Message[]; pending: PendingConversation }>;
  /** Fixes which messages a new turn answers; null where one of them is gone (forgotten meanwhile). */
  startTurn(turn: { sender: string; userId: string | null; kind: TurnKind; seqs: number[] }): Promise<Turn | null>;
  /** Records one more start of an open turn, and the death of the process that ran it before; null where it is gone. */
  resumeTurn(id: string): Promise<Turn | null>;
  /** Records that this process stopped running a turn in an orderly way; `elapsedMs` as in Turn. */
  release(id: string, elapsedMs: number): Promise<void>;
  /** The same for every turn of this process, at the end of a shutdown. */
  releaseAll(): Promise<void>;
  /** False where the turn is gone (forgotten meanwhile): the reply must not be sent. */
  saveReply(id: string, userId: string | null, reply: StoredReply): Promise<boolean>;
  /** False where the turn is gone (forgotten meanwhile): the parts that are left must not be sent. */
  recordPartSent(id: string, partsSent: number): Promise<boolean>;
  /** The sender has been told that the answer takes a moment: once a turn. */
  markWaitNoticeSent(id: string): Promise<void>;
  scheduleRetry(id: string, retry: Retry): Promise<void>;
  /** All sent: the turn is done and its session entries are there, together. */
  completeTurn(id: string, end: { outcome: Outcome; session: SessionUpdate | null }): Promise<void>;
  /** Given up: a dead letter. An apology that was its reply is no reply to keep. */
  moveToDeadLetters(id: string, deadLetterReason: DeadLetterReason): Promise<void>;
  /** Reply and turn are gone, and the session with them where `session` is true. */
  dropTurn(id: string, reason: Outcome, session: boolean): Promise<void>;

  deadLetters(page: { limit: number; cursor: number }): Promise<DeadLetter[]>;
  /** `running`: it is no dead letter any more, because it is being replayed. */
  replay(id: string): Promise<{ sender: string } | 'unknown' | 'running'>;
  discard(id: string): Promise<boolean>;
  status(): Promise<InboxStatus>;
}

/** Computes the session after a write from the one before (null: there is none). Null leaves it as it is. */
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

/** Answers of manual sends, kept for 24 hours under the caller's Idempotency-Key. */
export interface IdempotencyKeys {
  /** Claims the key: `new` to whoever comes first; else what is known of the first. */
  claim(
    key: string,
    request: string,
  ): Promise<'new' | 'unfinished' | 'other-request' | { status: number; body: unknown }>;
  complete(key: string, answer: { status: number; body: unknown }): Promise<void>;
}

/** An alert that operators were told, when (ms since the epoch), and whether its end is still to be told. */
export interface SentAlert {
  kind: AlertKind;
  at: number;
  open: boolean;
}

/** What was told survives a restart: neither a crash loop nor a deployment tells of one trouble again and again. */
export interface SentAlerts {
  all(): Promise<SentAlert[]>;
  save(alert: SentAlert): Promise<void>;
}

/** One conversation as support sees it. */
export interface ConversationOverview {
  phone: string;
  lastMessageAt: number | null;
  sessionEntries: number;
  pending: number;
}

/** What became of a message, and when (ms since the epoch). */
export interface RecentOutcome {
  at: number;
  outcome: string;
}

export interface ConversationOverviews {
  /** Those with a session in use or something pending, the latest first. */
  active(page: { limit: number; cursor: number; activeSince: number }): Promise<ConversationOverview[]>;
  /** One number, whether anything is known of it or not; `recent` holds the newest `most`, newest first. */
  of(sender: string, most: number): Promise<ConversationOverview & { recent: RecentOutcome[] }>;
}

export type StoreStatus = 'ok' | 'full' | 'locked' | 'corrupt' | 'failed' | 'closed';

/** One engine, one transaction, several views of it. */
export interface Store {
  inbox: Inbox;
  sessions: SessionStore;
  conversations: ConversationOverviews;
  tokenUsage: TokenUsage;
  idempotencyKeys: IdempotencyKeys;
  sentAlerts: SentAlerts;
  /** All that is kept of one sender is gone, overwritten. */
  forget(sender: string): Promise<void>;
  /**
   * Deletes what product.md's «Kept» no longer allows; the number of rows gone. Called every minute, because it also
   * overwrites what was deleted or replaced since the last time (a forgotten sender and a discarded dead letter are
   * overwritten at once).
   */
  prune(sessionIdleMs: number): Promise<number>;
  status(): StoreStatus;
  /** Damaged databases that were set aside, messages and all, and are still there; null where nobody can look. */
  quarantinedFiles(): number | null;
  close(): Promise<void>;
}
