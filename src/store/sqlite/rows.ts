import type { SQLOutputValue } from 'node:sqlite';
import type { Attachment, Message, SessionEntry, SessionNotes } from '../../types.ts';
import type { DeadLetter, DeadLetterReason, Turn, TurnKind } from '../types.ts';
import type { Transaction } from './database.ts';

/** A row as SQLite returns it. */
export type Row = Record<string, SQLOutputValue>;

/** A turn's id and sender: messages are selected by both. */
export interface TurnKey {
  sender: string;
  id: string;
}

/** The rows of a turn's messages, in their order. */
export function messageRows(sql: Transaction['sql'], { sender, id }: TurnKey): Row[] {
  return sql('SELECT * FROM messages WHERE sender = ? AND turn_id = ? ORDER BY seq').all(sender, id);
}

/** A row of `messages` as a message. */
export function toMessage(row: Row): Message {
  return {
    seq: row.seq as number,
    sender: row.sender as string,
    userId: row.user_id as string | null,
    device: row.device as string,
    inboxid: row.inboxid as number,
    text: row.text as string,
    attachment: parseJson<Attachment>(row.attachment),
    receivedAt: row.received_at as number,
  };
}

/** A row of `turns` as a turn. */
export function toTurn(row: Row, messages: Message[]): Turn {
  return {
    id: row.id as string,
    seq: row.seq as number,
    sender: row.sender as string,
    userId: row.user_id as string | null,
    kind: row.kind as TurnKind,
    notice: row.notice as Turn['notice'],
    linkedUsersOnly: row.linked_users_only === 1,
    messages,
    attempts: row.attempts as number,
    crashes: row.crashes as number,
    elapsedMs: row.elapsed_ms as number,
    retryAt: row.retry_at as number | null,
    parts: parseJson<string[]>(row.parts),
    partsSent: row.parts_sent as number,
    replyAt: row.reply_at as number | null,
    entries: parseJson<SessionEntry[]>(row.entries) ?? [],
    notes: parseJson<SessionNotes>(row.notes),
    sendFailures: row.send_failures as number,
    failingSince: row.failing_since as number | null,
    waitNoticeSent: row.wait_notice_sent === 1,
    deadLetterReason: parseJson<DeadLetterReason>(row.dead_letter_reason),
    history: parseJson<Turn['history']>(row.history) ?? [],
  };
}

/** A dead row of `turns` and the rows of its messages as operators see them. */
export function toDeadLetter(row: Row, messages: Row[]): DeadLetter {
  const deadLetterReason = parseJson<DeadLetterReason>(row.dead_letter_reason);
  return {
    id: row.id as string,
    sender: row.sender as string,
    reason: deadLetterReason?.reason ?? '',
    upstream: deadLetterReason?.upstream ?? '',
    attempts: row.attempts as number,
    messages: messages.map((message) => message.text as string),
    hasReply: row.parts !== null,
    createdAt: row.created_at as number,
    diedAt: row.ended_at as number,
    history: parseJson<Turn['history']>(row.history) ?? [],
  };
}

/** A JSON column; null stays null. */
export function parseJson<T>(value: SQLOutputValue | undefined): T | null {
  return typeof value === 'string' ? (JSON.parse(value) as T) : null;
}
