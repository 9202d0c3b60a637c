import { randomUUIDv7 } from 'node:crypto';
import { type ConversationKey, readConversationKey } from '../../conversation-key.ts';
import type { FileBytes } from '../../types.ts';
import { isReplying } from '../records.ts';
import type { Turns } from '../types.ts';
import type { Sql } from './connection.ts';
import type { Database } from './database.ts';
import { findActivePause } from './pauses.ts';
import { hasWork, loadNext, loadOpen, loadPending } from './pending-work.ts';
import { loadTurn } from './rows.ts';
import { deleteSession, updateSession } from './sessions.ts';

/** Creates the operations of turns. `run_by` marks a turn that this process runs: see COUNT_CRASHES in file.ts. */
export function createTurns(database: Database, now: () => number): Turns {
  /** Ends an open turn and its messages. @returns its sender; null when it ended or was deleted */
  function end(sql: Sql, id: string, state: 'done' | 'dead', outcome: string): ConversationKey | null {
    const ended = sql(
      `UPDATE turns SET state = ?, outcome = ?, ended_at = ?, retry_at = NULL, run_by = NULL
       WHERE id = ? AND state = 'open' RETURNING sender`,
    ).get(state, outcome, now(), id);
    if (!ended) return null;
    const sender = readConversationKey(ended.sender);
    sql('UPDATE messages SET done_at = ? WHERE sender = ? AND turn_id = ?').run(now(), sender, id);
    return sender;
  }

  const deleteFiles = (sql: Sql, id: string) => sql('DELETE FROM reply_files WHERE turn_id = ?').run(id);

  const deleteReply = (sql: Sql, id: string) => {
    sql(
      'UPDATE turns SET parts = NULL, parts_sent = 0, reply_at = NULL, entries = NULL, notes = NULL WHERE id = ?',
    ).run(id);
    deleteFiles(sql, id);
  };

  return {
    pending: async () => database.read('pending', (sql) => loadPending(sql)),
    // The folder is locked: this process is the only one.
    claim: null,
    maySend: () => true,

    recent: (queries) =>
      database.readEach('recent turns', queries, (sql, { sender, limit }) =>
        sql(RECENT)
          .all(sender, limit)
          .map((row) => ({ endedAt: row.ended_at as number, text: (row.text as string | null) ?? '' })),
      ),

    loadNext: (queries) =>
      database.readEach('load next', queries, (sql, { sender, limit }) => loadNext(sql, sender, limit)),

    start: (turns) =>
      database.writeEach('start turn', turns, (sql, { sender, userId, kind, seqs }) => {
        const [seq] = seqs;
        if (seq === undefined || findActivePause(sql, sender, now())) return null;
        // Ids sort by time, so new turns are neighbors in their index.
        const id = randomUUIDv7();
        const { changes } = sql(
          `UPDATE messages SET turn_id = ? WHERE sender = ? AND turn_id IS NULL
           AND seq IN (SELECT value FROM json_each(?))`,
        ).run(id, sender, JSON.stringify(seqs));
        if (Number(changes) < seqs.length) {
          sql('UPDATE messages SET turn_id = NULL WHERE sender = ? AND turn_id = ?').run(sender, id);
          return null;
        }
        sql(
          `INSERT INTO turns (id, seq, sender, user_id, kind, created_at, started_at, attempts, run_by)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 1, 'this process')`,
        ).run(id, seq, sender, userId, kind, now());
        return loadTurn(sql, id);
      }),

    loadOpen: (queries) => database.readEach('load open', queries, (sql, query) => loadOpen(sql, query, now())),

    join: (turns) =>
      database.writeEach('join turn', turns, (sql, { id, seqs }) => {
        const turn = sql("SELECT sender FROM turns WHERE id = ? AND state = 'open' AND parts IS NULL").get(id);
        if (!turn) return null;
        sql(
          `UPDATE messages SET turn_id = ? WHERE sender = ? AND turn_id IS NULL
           AND seq IN (SELECT value FROM json_each(?))`,
        ).run(id, turn.sender as string, JSON.stringify(seqs));
        return loadTurn(sql, id);
      }),

    resume: (ids) =>
      database.writeEach('resume turn', ids, (sql, id) => {
        const turn = loadTurn(sql, id);
        if (!turn || (!isReplying(turn) && findActivePause(sql, turn.sender, now()))) return null;
        sql(
          `UPDATE turns SET started_at = coalesce(started_at, ?), attempts = attempts + 1, retry_at = NULL,
           run_by = 'this process' WHERE id = ? AND state = 'open'`,
        ).run(now(), id);
        return loadTurn(sql, id);
      }),

    release: (turns) =>
      database.writeEach('release', turns, (sql, { id, elapsedMs }) => {
        sql("UPDATE turns SET run_by = NULL, elapsed_ms = ? WHERE id = ? AND state = 'open'").run(
          Math.round(elapsedMs),
          id,
        );
      }),

    async releaseAll() {
      await database.write('release all', (sql) =>
        sql("UPDATE turns SET run_by = NULL WHERE run_by IS NOT NULL AND state = 'open'").run(),
      );
    },

    saveReply: (replies) =>
      database.writeEach('save reply', replies, (sql, reply) => {
        const { id, userId, parts, files = [], entries, notes, apologyFor, at, requiresNoWaiting = false } = reply;
        if (requiresNoWaiting && sql(WAITING_OF_TURN).get(id)) return false;
        const { changes } = sql(
          `UPDATE turns SET user_id = ?, parts = ?, parts_sent = 0, reply_at = ?, entries = ?, notes = ?,
           dead_letter_reason = ?, send_failures = 0, failing_since = NULL, crashes = 0 WHERE id = ? AND state = 'open'`,
        ).run(
          userId,
          JSON.stringify(parts),
          Math.round(at),
          JSON.stringify(entries),
          notes ? JSON.stringify(notes) : null,
          apologyFor ? JSON.stringify(apologyFor) : null,
          id,
        );
        if (Number(changes) === 0) return false;
        deleteFiles(sql, id);
        for (const { part, data } of files)
          sql('INSERT INTO reply_files (turn_id, part, data) VALUES (?, ?, ?)').run(id, part, data);
        return true;
      }),

    loadFile: (files) =>
      database.readEach('load file', files, (sql, { id, part }) => {
        const row = sql('SELECT data FROM reply_files WHERE turn_id = ? AND part = ?').get(id, part);
        return (row?.data as FileBytes | undefined) ?? null;
      }),

    recordPartSent: (turns) =>
      database.writeEach('record part sent', turns, (sql, { id, partsSent }) => {
        const { changes } = sql(
          `UPDATE turns SET parts_sent = max(parts_sent, ?), send_failures = 0, failing_since = NULL, crashes = 0
           WHERE id = ? AND state = 'open'`,
        ).run(partsSent, id);
        return Number(changes) > 0;
      }),

    markWaitNoticeSent: (ids) =>
      database.writeEach('mark wait notice sent', ids, (sql, id) => {
        sql('UPDATE turns SET wait_notice_sent = 1 WHERE id = ?').run(id);
      }),

    scheduleRetry: (retries) =>
      database.writeEach('schedule retry', retries, (sql, retry) => {
        // Jitter and measured time are fractions of a millisecond; the table holds whole ones.
        sql(
          `UPDATE turns SET retry_at = ?, elapsed_ms = ?, send_failures = ?, failing_since = ?, history = ?, crashes = 0,
           run_by = NULL WHERE id = ? AND state = 'open'`,
        ).run(
          Math.ceil(retry.retryAt),
          Math.round(retry.elapsedMs),
          retry.sendFailures,
          retry.failingSince === null ? null : Math.round(retry.failingSince),
          JSON.stringify(retry.history),
          retry.id,
        );
      }),

    complete: (turns) =>
      database.writeEach('complete turn', turns, (sql, { id, outcome, session }) => {
        const sender = end(sql, id, 'done', outcome);
        if (sender && session) updateSession(sql, sender, session, now());
        return sender !== null && hasWork(sql, sender);
      }),

    moveToDeadLetters: (turns) =>
      database.writeEach('move to dead letters', turns, (sql, { id, deadLetterReason, history, keepsReply }) => {
        if (!end(sql, id, 'dead', 'dead-lettered')) return;
        sql('UPDATE turns SET dead_letter_reason = ?, history = ? WHERE id = ?').run(
          JSON.stringify(deadLetterReason),
          JSON.stringify(history),
          id,
        );
        if (!keepsReply) deleteReply(sql, id);
      }),

    drop: (turns) =>
      database.writeEach('drop turn', turns, (sql, { id, outcome, deletesSession }) => {
        const sender = end(sql, id, 'done', outcome);
        if (!sender) return;
        deleteReply(sql, id);
        if (deletesSession) deleteSession(sql, sender);
      }),
  };
}

const RECENT = `
  SELECT ended_at, (
    SELECT iif(count(attachment) = 0, group_concat(text, char(10) ORDER BY seq), '')
    FROM messages WHERE sender = turns.sender AND turn_id = turns.id
  ) AS text
  FROM turns WHERE sender = ? AND ended_at IS NOT NULL AND kind <> 'notice' ORDER BY ended_at DESC LIMIT ?`;

/** A waiting message of the sender of a turn. */
const WAITING_OF_TURN = `
  SELECT 1 FROM turns JOIN messages ON messages.sender = turns.sender AND turn_id IS NULL WHERE turns.id = ? LIMIT 1`;
