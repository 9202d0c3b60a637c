import { readConversationKey } from '../conversation-key.ts';
import type { Attachment, Message, ReplyPart, SessionEntry, SessionNotes } from '../types.ts';
import type { DeadLetter, DeadLetterReason, Session, Turn, TurnKind } from './records.ts';

/** A row of a table: the databases use the same columns; flags are 0 or 1, JSON is text. */
export type StoredRow = Record<string, unknown>;

/** Builds a message from its row of `messages`. */
export function toMessage(row: StoredRow): Message {
  return {
    seq: row.seq as number,
    sender: readConversationKey(row.sender),
    userId: row.user_id as string | null,
    device: row.device as string,
    inboxid: row.inboxid as number,
    text: row.text as string,
    attachment: parseJsonColumn<Attachment>(row.attachment),
    receivedAt: row.received_at as number,
  };
}

/** Builds an open turn from its row of `turns` and its messages, in their order. */
export function toTurn(row: StoredRow, messages: Message[]): Turn {
  return {
    id: row.id as string,
    seq: row.seq as number,
    sender: readConversationKey(row.sender),
    userId: row.user_id as string | null,
    kind: row.kind as TurnKind,
    notice: row.notice as Turn['notice'],
    linkedUsersOnly: row.linked_users_only === 1,
    messages,
    attempts: row.attempts as number,
    crashes: row.crashes as number,
    elapsedMs: row.elapsed_ms as number,
    retryAt: row.retry_at as number | null,
    parts: parseJsonColumn<ReplyPart[]>(row.parts),
    partsSent: row.parts_sent as number,
    replyAt: row.reply_at as number | null,
    entries: parseJsonColumn<SessionEntry[]>(row.entries) ?? [],
    notes: parseJsonColumn<SessionNotes>(row.notes),
    sendFailures: row.send_failures as number,
    failingSince: row.failing_since as number | null,
    waitNoticeSent: row.wait_notice_sent === 1,
    apologyFor: parseJsonColumn<DeadLetterReason>(row.dead_letter_reason),
    history: parseJsonColumn<Turn['history']>(row.history) ?? [],
  };
}

/** Builds a dead letter from a dead row of `turns` and its messages, in their order. */
export function toDeadLetter(row: StoredRow, messages: readonly Message[]): DeadLetter {
  const deadLetterReason = parseJsonColumn<DeadLetterReason>(row.dead_letter_reason);
  return {
    id: row.id as string,
    sender: readConversationKey(row.sender),
    reason: deadLetterReason?.reason ?? '',
    upstream: deadLetterReason?.upstream ?? '',
    attempts: row.attempts as number,
    messages: messages.map(({ text }) => text),
    hasReply: row.parts !== null,
    createdAt: row.created_at as number,
    diedAt: row.ended_at as number,
    history: parseJsonColumn<Turn['history']>(row.history) ?? [],
  };
}

/** Builds a session from its row of `sessions`. */
export function toSession(row: StoredRow): Session {
  return {
    sender: readConversationKey(row.sender),
    userId: row.user_id as string,
    entries: parseJsonColumn<SessionEntry[]>(row.entries) ?? [],
    notes: parseJsonColumn<SessionNotes>(row.notes) ?? {},
    updatedAt: row.updated_at as number,
  };
}

/** A JSON column; null stays null. */
function parseJsonColumn<T>(value: unknown): T | null {
  return typeof value === 'string' ? (JSON.parse(value) as T) : null;
}
