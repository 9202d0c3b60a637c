import { randomUUIDv7 } from 'node:crypto';
import type { Message } from '../../types.ts';
import type { Inbox, PendingConversation } from '../types.ts';
import type { Database, Transaction } from './database.ts';
import { toMessage } from './rows.ts';
import { deleteSession, updateSession } from './sessions.ts';
import type { TurnState } from './turn-state.ts';

const RECENT_TURNS = `
  SELECT ended_at, (
    SELECT iif(count(attachment) = 0, group_concat(text, char(10) ORDER BY seq), '')
    FROM messages WHERE sender = turns.sender AND turn_id = turns.id
  ) AS text
  FROM turns WHERE sender = ? AND ended_at IS NOT NULL AND kind <> 'notice' ORDER BY ended_at DESC LIMIT ?`;

type Turns = Pick<
  Inbox,
  | 'pendingConversations'
  | 'recentTurns'
  | 'loadNext'
  | 'startTurn'
  | 'resumeTurn'
  | 'release'
  | 'releaseAll'
  | 'saveReply'
  | 'recordPartSent'
  | 'markWaitNoticeSent'
  | 'scheduleRetry'
  | 'completeTurn'
  | 'dropTurn'
>;

/** Creates the operations of a turn: start, store the reply, record sent parts, retry, complete. */
export function createTurns(database: Database, turns: TurnState, now: () => number): Turns {
  type Sql = Transaction['sql'];

  /** Returns the next open turn: started ones first, then by arrival. */
  const findFirstOpen = (sql: Sql, sender: string) =>
    sql(
      `SELECT id, retry_at, crashes, run_by FROM turns INDEXED BY turns_to_run WHERE sender = ? AND state = 'open'
       ORDER BY started_at IS NULL, seq LIMIT 1`,
    ).get(sender);

  /** The limit is part of the text, because SQLite prepares the statement again each time a limit is bound. */
  const loadWaiting = (sql: Sql, sender: string, most: number): Message[] =>
    sql(`SELECT * FROM messages WHERE sender = ? AND turn_id IS NULL ORDER BY seq LIMIT ${Math.trunc(most)}`)
      .all(sender)
      .map(toMessage);

  const lastWaitingAt = (sql: Sql, sender: string) =>
    Number(sql('SELECT max(received_at) AS at FROM messages WHERE sender = ? AND turn_id IS NULL').get(sender)?.at);

  const toOpenFields = (open: ReturnType<typeof findFirstOpen>) => ({
    openAt: open ? ((open.retry_at as number | null) ?? 0) : null,
    crashes: open ? turns.countCrashes(open) : 0,
  });

  return {
    pendingConversations: async () =>
      database.read('pending', (sql) => {
        const pending = new Map<string, PendingConversation>();
        const waiting = sql(
          `SELECT sender, min(received_at) AS first, max(received_at) AS last FROM messages
           WHERE done_at IS NULL AND turn_id IS NULL GROUP BY sender`,
        ).all();
        for (const { sender, first, last } of waiting as unknown as { sender: string; first: number; last: number }[])
          pending.set(sender, { sender, firstAt: first, lastAt: last, ...toOpenFields(undefined) });
        for (const { sender } of sql("SELECT DISTINCT sender FROM turns WHERE state = 'open'").all()) {
          const known = pending.get(sender as string) ?? { sender: sender as string, firstAt: null, lastAt: null };
          pending.set(known.sender, { ...known, ...toOpenFields(findFirstOpen(sql, known.sender)) });
        }
        return [...pending.values()];
      }),

    recentTurns: async (sender, most) =>
      database.read('recent turns', (sql) =>
        sql(RECENT_TURNS)
          .all(sender, most)
          .map((row) => ({ endedAt: row.ended_at as number, text: (row.text as string | null) ?? '' })),
      ),

    loadNext: async (sender, most) =>
      database.read('load next', (sql) => {
        const waiting = loadWaiting(sql, sender, most);
        const times = waiting.map(({ receivedAt }) => receivedAt);
        const first = findFirstOpen(sql, sender);
        const pending = {
          sender,
          firstAt: times.length > 0 ? Math.min(...times) : null,
          lastAt: times.length > 0 ? (times.length < most ? Math.max(...times) : lastWaitingAt(sql, sender)) : null,
          ...toOpenFields(first),
        };
        const open = first ? turns.load(sql, first.id as string) : null;
        if (!open || open.attempts > 0) return { open, waiting, pending };
        // A notice that was not started keeps its place: messages that arrived before it are answered first.
        const before = waiting.filter((message) => message.seq < open.seq);
        return before.length > 0 ? { open: null, waiting: before, pending } : { open, waiting, pending };
      }),

    startTurn: ({ sender, userId, kind, seqs }) =>
      database.write('start turn', ({ sql }) => {
        // Ids sort by time, so new turns are neighbors in their index.
        const id = randomUUIDv7();
        const [seq] = seqs;
        if (seq === undefined) return null;
        const taken = sql(
          `UPDATE messages SET turn_id = ? WHERE sender = ? AND turn_id IS NULL
           AND seq IN (SELECT value FROM json_each(?))`,
        ).run(id, sender, JSON.stringify(seqs));
        if (Number(taken.changes) < seqs.length) {
          sql('UPDATE messages SET turn_id = NULL WHERE sender = ? AND turn_id = ?').run(sender, id);
          return null;
        }
        sql(
          `INSERT INTO turns (id, seq, sender, user_id, kind, created_at, started_at, attempts, run_by)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1, ?7)`,
        ).run(id, seq, sender, userId, kind, now(), turns.processId);
        return turns.load(sql, id);
      }),

    resumeTurn: (id) =>
      database.write('resume turn', ({ sql }) => {
        sql(
          `UPDATE turns SET started_at = coalesce(started_at, ?1), attempts = attempts + 1, retry_at = NULL,
             crashes = crashes + (run_by IS NOT NULL AND run_by IS NOT ?2), run_by = ?2
             WHERE id = ?3 AND state = 'open'`,
        ).run(now(), turns.processId, id);
        return turns.load(sql, id);
      }),

    async release(id, elapsedMs) {
      await database.write('release', ({ sql }) =>
        sql("UPDATE turns SET run_by = NULL, elapsed_ms = ? WHERE id = ? AND state = 'open'").run(
          Math.round(elapsedMs),
          id,
        ),
      );
    },

    async releaseAll() {
      await database.write('release all', ({ sql }) =>
        sql("UPDATE turns SET run_by = NULL WHERE run_by = ? AND state = 'open'").run(turns.processId),
      );
    },

    saveReply: (id, userId, reply) =>
      database.write('save reply', ({ sql }) => {
        const { changes } = sql(
          `UPDATE turns SET user_id = ?, parts = ?, parts_sent = 0, reply_at = ?, entries = ?, notes = ?, dead_letter_reason = ?,
           send_failures = 0, failing_since = NULL, crashes = 0 WHERE id = ? AND state = 'open'`,
        ).run(
          userId,
          JSON.stringify(reply.parts),
          Math.round(reply.at),
          JSON.stringify(reply.entries),
          reply.notes ? JSON.stringify(reply.notes) : null,
          reply.deadLetterReason ? JSON.stringify(reply.deadLetterReason) : null,
          id,
        );
        return Number(changes) > 0;
      }),

    async markWaitNoticeSent(id) {
      await database.write('mark wait notice sent', ({ sql }) =>
        sql('UPDATE turns SET wait_notice_sent = 1 WHERE id = ?').run(id),
      );
    },

    async recordPartSent(id, partsSent) {
      const { changes } = await database.write('record part sent', ({ sql }) =>
        sql(
          `UPDATE turns SET parts_sent = max(parts_sent, ?), send_failures = 0, failing_since = NULL, crashes = 0
           WHERE id = ? AND state = 'open'`,
        ).run(partsSent, id),
      );
      return Number(changes) > 0;
    },

    async scheduleRetry(id, retry) {
      await database.write('schedule retry', (transaction) => {
        if (retry.problem) turns.recordProblem(transaction, id, retry.problem);
        // Jitter and measured time are fractions of a millisecond; the table holds whole ones.
        transaction
          .sql(
            `UPDATE turns SET retry_at = ?, elapsed_ms = ?, send_failures = ?, failing_since = ?, crashes = 0,
             run_by = NULL WHERE id = ? AND state = 'open'`,
          )
          .run(
            Math.ceil(retry.retryAt),
            Math.round(retry.elapsedMs),
            retry.sendFailures,
            retry.failingSince === null ? null : Math.round(retry.failingSince),
            id,
          );
      });
    },

    async completeTurn(id, { outcome, session }) {
      await database.write('complete turn', (transaction) => {
        const turn = turns.end(transaction, id, 'done', outcome);
        if (turn && session) updateSession(transaction, turn.sender, session, now());
      });
    },

    async dropTurn(id, reason, session) {
      await database.write('drop turn', (transaction) => {
        const turn = turns.end(transaction, id, 'done', reason);
        if (!turn) return;
        transaction.sql('UPDATE turns SET parts = NULL, entries = NULL, notes = NULL WHERE id = ?').run(id);
        if (session) deleteSession(transaction, turn.sender);
      });
    },
  };
}
