import type { ConversationKey } from '../conversation-key.ts';
import type { AlertKind, NoticeKind, Outcome } from '../events.ts';
import type { Fingerprint, Message, PartFile, ReplyPart, SessionEntry, SessionNotes } from '../types.ts';

/** A maximum within a sliding window of time. */
export interface WindowLimit {
  max: number;
  withinMs: number;
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
  /** Whether this process can run its turn now: the conversation then belongs to it, unless another process owns it. */
  hasFreeSlot?: boolean;
}

/** `full`: the limit of pending messages is reached. Of several reasons to refuse, the first in this list is returned. */
export type Acceptance = 'accepted' | 'duplicate' | 'rate-limited' | 'full';

/** A reply with a fixed text. */
export interface Notice {
  kind: NoticeKind;
  sender: ConversationKey;
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
  sender: ConversationKey;
  code: Outcome;
  /** Null: the fingerprint is not stored, so that FONNTE's repeat is processed. */
  fingerprint: NewFingerprint | null;
  notice: Notice | null;
  at: number;
  /** Maximum refusals stored per sender; only the newest. */
  maxStored: number;
}

/**
 * Whether the notice was queued. `suppressed`: one of its kind was sent within its interval, or the conversation is paused;
 * `limited`: its limit was reached; `none`: the refusal has no notice; `duplicate`: the fingerprint is known, so nothing was stored.
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
  readonly id: string;
  readonly seq: number;
  readonly sender: ConversationKey;
  readonly userId: string | null;
  readonly kind: TurnKind;
  readonly notice: NoticeKind | null;
  readonly linkedUsersOnly: boolean;
  messages: Message[];
  /** How often it was started. */
  readonly attempts: number;
  /** Processes that died while they ran it, since its last progress: a stored reply, a sent part or a retry. */
  readonly crashes: number;
  /** Time that counts towards its deadline, ms: running and waiting for Gemini, without queueing and downtime. */
  readonly elapsedMs: number;
  /** Not before this time; null: now. */
  readonly retryAt: number | null;
  /** The WhatsApp parts of its stored reply; null while no reply is stored. */
  readonly parts: ReplyPart[] | null;
  readonly partsSent: number;
  readonly replyAt: number | null;
  /** Added to the session when the reply was sent. */
  readonly entries: SessionEntry[];
  readonly notes: SessionNotes | null;
  /** Consecutive send attempts that failed, and the time of the first (ms since the epoch). */
  readonly sendFailures: number;
  readonly failingSince: number | null;
  /** Whether the wait notice was sent. */
  waitNoticeSent: boolean;
  /** Why the stored reply is the apology; null for any other reply. When the apology was sent, the turn becomes a dead letter. */
  readonly apologyFor: DeadLetterReason | null;
  readonly history: Failure[];
}

/** The recent history of a conversation. It belongs to one user. */
export interface Session {
  sender: ConversationKey;
  userId: string;
  entries: SessionEntry[];
  notes: SessionNotes;
  updatedAt: number;
}

/** Whether a turn was started and has a stored reply: a pause does not hold it. */
export function isReplying({ attempts, parts }: Pick<Turn, 'attempts' | 'parts'>): boolean {
  return attempts > 0 && parts !== null;
}

/** A reply as stored before it is sent. */
export interface StoredReply {
  /** The user to whom it belongs. */
  userId: string | null;
  parts: ReplyPart[];
  /** One for each part that is a file; absent without files. */
  files?: readonly PartFile[];
  entries: SessionEntry[];
  notes: SessionNotes | null;
  /** Set for the apology: see `Turn`. */
  apologyFor: DeadLetterReason | null;
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

/** The end of a turn that becomes a dead letter. */
export interface DeadTurn {
  deadLetterReason: DeadLetterReason;
  history: Failure[];
  /** False: the stored reply is deleted, so that a replay generates a new one. */
  keepsReply: boolean;
}

export interface DeadLetter {
  id: string;
  sender: ConversationKey;
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
  sender: ConversationKey;
  /** When its open turn may start again; null without an open turn. */
  openAt: number | null;
  /** `crashes` of its open turn; 0 without one. */
  crashes: number;
}

/** A pause of a conversation: a person has taken over, and the assistant is silent. */
export interface Pause {
  /** Messages with a larger sequence number were received while paused. */
  seq: number;
  /** ms since the epoch. */
  endsAt: number;
}

/** The next work of a conversation. */
export interface NextWork {
  /** Its open turn: one that was started before one that was not, then the first by `seq`. */
  open: Turn | null;
  /** Messages that belong to no turn, by `seq`. */
  waiting: Message[];
  pending: PendingConversation;
  /** Its last pause, active or ended; null when it was never paused, or long ago. */
  pause: Pause | null;
}

/** An open turn and what waits after it. */
export interface OpenTurn {
  turn: Turn;
  /** Messages of the sender that belong to no turn, by `seq`. */
  waiting: Message[];
  /** `seq` of the sender's first notice after the turn that was not started; null without one. */
  nextNoticeSeq: number | null;
  /** While the conversation is paused: messages with a larger sequence number were received since; otherwise null. */
  pausedSeq: number | null;
}

export interface InboxStatus {
  /** Messages accepted and not yet answered. */
  pending: number;
  /**
   * Since when the oldest pending message waits: since its arrival, or since the end of a pause. Messages of paused
   * conversations do not count. Null without such a message.
   */
  oldestAt: number | null;
  deadLetters: number;
  pausedConversations: number;
}

/** A sent alert, its time (ms since the epoch), and whether the condition is not yet resolved. */
export interface SentAlert {
  kind: AlertKind;
  at: number;
  open: boolean;
}

/** A conversation for support. */
export interface ConversationOverview {
  conversation: ConversationKey;
  lastMessageAt: number | null;
  /** Entries of its active session. */
  sessionEntries: number;
  pending: number;
  /** When its pause ends, ms since the epoch; null when it is not paused. */
  pausedUntil: number | null;
}

/** The outcome of a message and its time (ms since the epoch). */
export interface RecentOutcome {
  at: number;
  outcome: string;
}
