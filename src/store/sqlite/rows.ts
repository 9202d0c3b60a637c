import type { SQLOutputValue } from 'node:sqlite';
import type { Attachment, Message, SessionEntry, SessionNotes } from '../../types.ts';
import type { DeadLetter, DeadLetterReason, Turn, TurnKind } from '../records.ts';
import type { Sql } from './connection.ts';

/** A row as SQLite returns it. */
type Row = Record<string, SQLOutputValue>;

/** Loads the messages of a turn, in their order. */
function loadMessages(sql: Sql, { id, sender }: Row): Message[] {
  return sql('SELECT * FROM messages WHERE sender = ? AND turn_id = ? ORDER BY seq')
    .all(sender as string, id as string)
    .map(toMessage);
}

/** Loads an open turn with its messages. @returns null when it ended or was deleted */
export function loadTurn(sql: Sql, id: string): Turn | null {
  const row = sql("SELECT * FROM turns WHERE id = ? AND state = 'open'").get(id);
  return row ? toTurn(row, loadMessages(sql, row)) : null;
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

function toTurn(row: Row, messages: Message[]): Turn {
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

/** A dead row of `turns` as operators see it. */
export function toDeadLetter(sql: Sql, row: Row): DeadLetter {
  const deadLetterReason = parseJson<DeadLetterReason>(row.dead_letter_reason);
  return {
    id: row.id as string,
    sender: row.sender as string,
    reason: deadLetterReason?.reason ?? '',
    upstream: deadLetterReason?.upstream ?? '',
    attempts: row.attempts as number,
    messages: loadMessages(sql, row).map(({ text }) => text),
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
