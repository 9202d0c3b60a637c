import type { Events } from '../events.ts';
import { openEngine } from './engine.ts';
import { createAdmission, noticeMarks } from './sqlite-admission.ts';
import { createConversations } from './sqlite-conversations.ts';
import { createDeadLetters } from './sqlite-dead-letters.ts';
import { countSetAside } from './sqlite-file.ts';
import { createKept } from './sqlite-kept.ts';
import { createPending } from './sqlite-pending.ts';
import { createSessions } from './sqlite-sessions.ts';
import type { Datasync } from './sqlite-sync.ts';
import { createTurnState } from './sqlite-turn-state.ts';
import { createTurns } from './sqlite-turns.ts';
import type { Store } from './store.ts';

/**
 * The store on the embedded engine: SQLite under `directory`, which this process holds alone.
 * @throws where the folder can't be used, or another process holds it.
 */
export function createSqliteStore(options: {
  directory: string;
  maxInbox: number;
  events: Events;
  now?: () => number;
  /** How the log is brought to the disk (fdatasync). */
  datasync?: Datasync;
}): Store {
  const now = options.now ?? Date.now;
  const engine = openEngine(options.directory, options.events, options.datasync);
  const pending = createPending(engine);
  const turns = createTurnState({ now, pending, processId: crypto.randomUUID() });
  const kept = createKept(engine, now);
  return {
    inbox: {
      ...createAdmission(engine, { maxInbox: options.maxInbox, pending, events: options.events, now }),
      ...createTurns(engine, turns, now),
      ...createDeadLetters(engine, turns, now),
      async state() {
        return engine.read('state', (sql) => ({
          pending: pending.count(),
          oldestAt: pending.oldestAt(),
          deadLetters: Number(
            sql("SELECT count(*) AS count FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL").get()?.count,
          ),
        }));
      },
    },
    sessions: createSessions(engine, now),
    conversations: createConversations(engine, pending, now),
    allowance: kept.allowance,
    sentAnswers: kept.sentAnswers,
    toldAlerts: kept.toldAlerts,
    async forget(sender) {
      await engine.write('forget', (transaction) => {
        const { sql } = transaction;
        const messages = sql('DELETE FROM messages WHERE sender = ? RETURNING seq').all(sender);
        for (const { seq } of messages) pending.remove(transaction, seq as number);
        for (const table of ['turns', 'refusals', 'sessions']) {
          sql(`DELETE FROM ${table} WHERE sender = ?`).run(sender);
        }
        const marks = noticeMarks(sender);
        sql('DELETE FROM remembered WHERE key >= ? AND key < ?').run(marks, `${marks}\u{10ffff}`);
      });
      engine.compact(true);
    },
    prune: kept.prune,
    condition: engine.condition,
    setAside: () => countSetAside(options.directory),
    close: engine.close,
  };
}
