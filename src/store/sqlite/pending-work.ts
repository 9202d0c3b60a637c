import { type ConversationKey, readConversationKey } from '../../conversation-key.ts';
import type { NextWork, OpenTurn, PendingConversation } from '../records.ts';
import { toMessage } from '../rows.ts';
import type { Sql } from './connection.ts';
import { findActivePause, findPause } from './pauses.ts';
import { loadTurn } from './rows.ts';

/** Loads the next work of a conversation, with at most `limit` waiting messages. */
export function loadNext(sql: Sql, sender: ConversationKey, limit: number): NextWork {
  const open = findOpen(sql, sender);
  return {
    open: open ? loadTurn(sql, open.id as string) : null,
    waiting: loadWaiting(sql, sender, limit),
    pending: loadPendingOf(sql, sender),
    pause: findPause(sql, sender),
  };
}

/** Loads an open turn and what waits after it at this time (ms since the epoch). @returns null when it ended or was deleted */
export function loadOpen(sql: Sql, { id, limit }: { id: string; limit: number }, at: number): OpenTurn | null {
  const turn = loadTurn(sql, id);
  if (!turn) return null;
  const notice = sql(
    "SELECT min(seq) AS seq FROM turns WHERE sender = ? AND state = 'open' AND started_at IS NULL AND seq > ?",
  ).get(turn.sender, turn.seq);
  const nextNoticeSeq = (notice?.seq as number | null | undefined) ?? null;
  const pausedSeq = findActivePause(sql, turn.sender, at)?.seq ?? null;
  return { turn, waiting: loadWaiting(sql, turn.sender, limit), nextNoticeSeq, pausedSeq };
}

const loadWaiting = (sql: Sql, sender: ConversationKey, limit: number) =>
  sql('SELECT * FROM messages WHERE sender = ? AND turn_id IS NULL ORDER BY seq LIMIT ?')
    .all(sender, limit)
    .map(toMessage);

/** Whether a conversation has waiting messages or an open turn. */
export function hasWork(sql: Sql, sender: ConversationKey): boolean {
  const waits = sql('SELECT 1 FROM messages WHERE sender = ? AND turn_id IS NULL LIMIT 1').get(sender);
  return waits !== undefined || findOpen(sql, sender) !== undefined;
}

/** Finds the open turn that NextWork describes. */
const findOpen = (sql: Sql, sender: ConversationKey) =>
  sql(
    `SELECT id, retry_at, crashes FROM turns WHERE sender = ? AND state = 'open'
     ORDER BY started_at IS NULL, seq LIMIT 1`,
  ).get(sender);

function loadPendingOf(sql: Sql, sender: ConversationKey): PendingConversation {
  const open = findOpen(sql, sender);
  return {
    sender,
    openAt: open ? ((open.retry_at as number | null) ?? 0) : null,
    crashes: open ? (open.crashes as number) : 0,
  };
}

/** Loads the conversations with waiting messages or an open turn. */
export function loadPending(sql: Sql): PendingConversation[] {
  const waiting = sql('SELECT sender FROM messages WHERE done_at IS NULL').all();
  const open = sql("SELECT sender FROM turns WHERE state = 'open'").all();
  const senders = new Set([...waiting, ...open].map(({ sender }) => readConversationKey(sender)));
  return [...senders].map((sender) => loadPendingOf(sql, sender));
}
