import { randomUUIDv7 } from 'node:crypto';
import type { ConversationKey } from '../../conversation-key.ts';
import type { Pause } from '../records.ts';
import { toMessage } from '../rows.ts';
import type { Pauses } from '../types.ts';
import type { Sql } from './connection.ts';
import type { Database } from './database.ts';

/** Creates the operations of pauses. A pause that has ended stays until `prune` deletes it: the next one replaces it. */
export function createPauses(database: Database, now: () => number): Pauses {
  return {
    async start({ sender, seq, endsAt }) {
      await database.write('pause', (sql) =>
        sql(
          `INSERT INTO pauses (sender, seq, ends_at) VALUES (?1, ?2, ?3) ON CONFLICT (sender) DO UPDATE
           SET seq = iif(ends_at > ?4, seq, excluded.seq), ends_at = excluded.ends_at`,
        ).run(sender, seq, endsAt, now()),
      );
    },

    async end({ sender, unansweredThrough }) {
      await database.write('resume', (sql) => {
        const pause = findActivePause(sql, sender, now());
        if (!pause) return;
        sql('UPDATE pauses SET ends_at = ? WHERE sender = ?').run(now(), sender);
        endMessages(sql, sender, pause.seq, unansweredThrough);
      });
    },

    held: async ({ sender, limit }) =>
      database.read('held messages', (sql) => sql(HELD).all({ sender, limit, now: now() }).map(toMessage)),
  };

  /** Ends the waiting messages between two sequence numbers with a turn that has no reply. */
  function endMessages(sql: Sql, sender: ConversationKey, after: number, through: number): void {
    const id = randomUUIDv7();
    const ended = sql(
      `UPDATE messages SET turn_id = ?1, done_at = ?2
       WHERE sender = ?3 AND turn_id IS NULL AND seq > ?4 AND seq <= ?5 RETURNING seq`,
    ).all(id, now(), sender, after, through);
    if (ended.length === 0) return;
    sql(
      `INSERT INTO turns (id, seq, sender, kind, state, created_at, outcome, ended_at)
       VALUES (?1, ?2, ?3, 'answer', 'done', ?4, 'paused', ?4)`,
    ).run(id, Math.min(...ended.map(({ seq }) => seq as number)), sender, now());
  }
}

/** Returns the last pause of a conversation, active or ended. */
export function findPause(sql: Sql, sender: ConversationKey): Pause | null {
  const row = sql('SELECT seq, ends_at FROM pauses WHERE sender = ?').get(sender);
  return row ? { seq: row.seq as number, endsAt: row.ends_at as number } : null;
}

/** Returns the pause of a conversation if it is active at this time (ms since the epoch). */
export function findActivePause(sql: Sql, sender: ConversationKey, at: number): Pause | null {
  const pause = findPause(sql, sender);
  return pause && pause.endsAt > at ? pause : null;
}

export function countActivePauses(sql: Sql, at: number): number {
  return Number(sql('SELECT count(*) AS count FROM pauses WHERE ends_at > ?').get(at)?.count);
}

const HELD = `
  SELECT * FROM (
    SELECT messages.* FROM pauses JOIN messages ON messages.sender = pauses.sender
    WHERE pauses.sender = :sender AND ends_at > :now AND turn_id IS NULL AND messages.seq > pauses.seq
    ORDER BY messages.seq DESC LIMIT :limit
  ) ORDER BY seq`;
