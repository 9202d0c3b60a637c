import type { Engine, Transaction } from './engine.ts';
import { messageOf } from './sqlite-rows.ts';
import { changeSession } from './sqlite-sessions.ts';
import type { TurnState } from './sqlite-turn-state.ts';
import type { Inbox, PendingConversation, Turn } from './store.ts';

/** A start that a power cut takes back is made again: nothing of the turn has been shown until its reply is stored. */
const STARTED = 'kill';

type Turns = Pick<
  Inbox,
  | 'pendingConversations'
  | 'next'
  | 'start'
  | 'resume'
  | 'keepReply'
  | 'partSent'
  | 'toldToWait'
  | 'retryLater'
  | 'finish'
  | 'drop'
>;

/** The life of a turn: fixed, started, answered, sent, ended. */
export function createTurns(engine: Engine, turns: TurnState, now: () => number): Turns {
  type Sql = Transaction['sql'];

  /** The open turn that comes first: one that has begun before any other, then by arrival. */
  const firstOpen = (sql: Sql, sender: string) =>
    sql(
      `SELECT id, retry_at FROM turns INDEXED BY turns_open WHERE sender = ? AND state = 'open'
       ORDER BY started_at IS NULL, seq LIMIT 1`,
    ).get(sender);

  const pendingOf = (sql: Sql, sender: string): PendingConversation => {
    const waiting = sql(
      'SELECT min(received_at) AS first, max(received_at) AS last FROM messages WHERE sender = ? AND turn_id IS NULL',
    ).get(sender);
    const open = firstOpen(sql, sender);
    return {
      sender,
      firstAt: (waiting?.first as number | null) ?? null,
      lastAt: (waiting?.last as number | null) ?? null,
      openAt: open ? ((open.retry_at as number | null) ?? 0) : null,
    };
  };

  const started = ({ sql }: Transaction, id: string): Turn | null => {
    sql(
      "UPDATE turns SET started_at = coalesce(started_at, ?), attempts = attempts + 1, retry_at = NULL WHERE id = ? AND state = 'open'",
    ).run(now(), id);
    return turns.load(sql, id);
  };

  return {
    pendingConversations: async () =>
      engine.read('pending', (sql) => {
        const senders = sql(
          "SELECT DISTINCT sender FROM messages WHERE turn_id IS NULL UNION SELECT DISTINCT sender FROM turns WHERE state = 'open'",
        ).all();
        return senders.map((row) => pendingOf(sql, row.sender as string));
      }),

    next: async (sender, most) =>
      engine.read('next', (sql) => {
        const pending = pendingOf(sql, sender);
        const waiting = sql('SELECT * FROM messages WHERE sender = ? AND turn_id IS NULL ORDER BY seq LIMIT ?')
          .all(sender, most)
          .map(messageOf);
        const id = pending.openAt === null ? undefined : firstOpen(sql, sender)?.id;
        const open = id ? turns.load(sql, id as string) : null;
        if (!open || open.attempts > 0) return { open, waiting, pending };
        // A notice that has not begun keeps its place among the messages: those before it are answered first.
        const before = waiting.filter((message) => message.seq < open.seq);
        return before.length > 0 ? { open: null, waiting: before, pending } : { open, waiting, pending };
      }),

    start: ({ sender, userId, kind, seqs }) =>
      engine.write(
        'start',
        (transaction) => {
          const { sql } = transaction;
          const id = crypto.randomUUID();
          const first = seqs[0];
          if (first === undefined) return null;
          for (const seq of seqs) {
            const { changes } = sql(
              'UPDATE messages SET turn_id = ? WHERE seq = ? AND sender = ? AND turn_id IS NULL',
            ).run(id, seq, sender);
            if (Number(changes) === 0) {
              sql('UPDATE messages SET turn_id = NULL WHERE turn_id = ?').run(id);
              return null;
            }
          }
          sql('INSERT INTO turns (id, seq, sender, user_id, kind, created_at) VALUES (?, ?, ?, ?, ?, ?)').run(
            id,
            first,
            sender,
            userId,
            kind,
            now(),
          );
          return started(transaction, id);
        },
        STARTED,
      ),

    resume: (id) => engine.write('resume', (transaction) => started(transaction, id), STARTED),

    keepReply: (id, userId, reply) =>
      engine.write('keepReply', ({ sql }) => {
        const { changes } = sql(
          `UPDATE turns SET user_id = ?, parts = ?, parts_sent = 0, reply_at = ?, entries = ?, notes = ?, doom = ?,
           send_failures = 0, failing_since = NULL WHERE id = ? AND state = 'open'`,
        ).run(
          userId,
          JSON.stringify(reply.parts),
          Math.round(reply.at),
          JSON.stringify(reply.entries),
          reply.notes ? JSON.stringify(reply.notes) : null,
          reply.doom ? JSON.stringify(reply.doom) : null,
          id,
        );
        return Number(changes) > 0;
      }),

    async toldToWait(id) {
      await engine.write('toldToWait', ({ sql }) => sql('UPDATE turns SET told_to_wait = 1 WHERE id = ?').run(id));
    },

    async partSent(id, partsSent) {
      const { changes } = await engine.write('partSent', ({ sql }) =>
        sql(
          `UPDATE turns SET parts_sent = max(parts_sent, ?), send_failures = 0, failing_since = NULL
           WHERE id = ? AND state = 'open'`,
        ).run(partsSent, id),
      );
      return Number(changes) > 0;
    },

    async retryLater(id, retry) {
      await engine.write('retryLater', (transaction) => {
        if (retry.problem) turns.noteProblem(transaction, id, retry.problem);
        // Jitter and measured time are fractions of a millisecond; the table holds whole ones.
        transaction
          .sql(
            `UPDATE turns SET retry_at = ?, elapsed_ms = ?, send_failures = ?, failing_since = ?
             WHERE id = ? AND state = 'open'`,
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

    async finish(id, { outcome, session }) {
      await engine.write('finish', (transaction) => {
        const turn = turns.load(transaction.sql, id);
        if (!turn) return;
        transaction.sql('UPDATE turns SET parts_sent = ? WHERE id = ?').run(turn.parts?.length ?? 0, id);
        turns.end(transaction, id, 'done', outcome);
        if (session) changeSession(transaction, turn.sender, session, now());
      });
    },

    async drop(id, reason, session) {
      await engine.write('drop', (transaction) => {
        const { sql } = transaction;
        const turn = turns.load(sql, id);
        if (!turn) return;
        turns.end(transaction, id, 'done', reason);
        sql('UPDATE turns SET parts = NULL, entries = NULL, notes = NULL WHERE id = ?').run(id);
        if (session) changeSession(transaction, turn.sender, 'forget', now());
      });
    },
  };
}
