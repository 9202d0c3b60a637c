import { join } from 'node:path';
import type { Events } from '../../events.ts';
import type { Store } from '../types.ts';
import { createConversations } from './conversations.ts';
import { countSetAside } from './damage.ts';
import { openDatabaseEngine } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createKept } from './expiring-records.ts';
import { DATABASE_NAME } from './file.ts';
import { createInboxWrites, noticeKeyPrefix } from './inbox.ts';
import { countPending, createPendingLimit, oldestPending } from './pending-count.ts';
import { createRetention } from './retention.ts';
import { createSessions } from './sessions.ts';
import { createTurnState } from './turn-state.ts';
import { createTurns } from './turns.ts';

/**
 * Opens the store on SQLite under `directory`, which this process locks. `now`: the wall clock, ms since the epoch;
 * `monotonic`: a clock that nobody sets, ms.
 * @throws when the folder can't be used or another process holds it
 */
export function createSqliteStore(options: {
  directory: string;
  maxInbox: number;
  events: Events;
  now?: () => number;
  monotonic?: () => number;
}): Store {
  const { directory, events } = options;
  const now = options.now ?? Date.now;
  const monotonic = options.monotonic ?? (() => performance.now());
  const engine = openDatabaseEngine(directory, events);
  const pending = createPendingLimit(options.maxInbox);
  const turns = createTurnState({ now, pending, processId: crypto.randomUUID() });
  return {
    inbox: {
      ...createInboxWrites(engine, { pending, events, now }),
      ...createTurns(engine, turns, now),
      ...createDeadLetters(engine, turns, now),
      async status() {
        return engine.read('state', (sql) => ({
          pending: countPending(sql),
          oldestAt: oldestPending(sql),
          deadLetters: Number(
            sql("SELECT count(*) AS count FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL").get()?.count,
          ),
        }));
      },
    },
    sessions: createSessions(engine, now),
    conversations: createConversations(engine, now),
    ...createKept(engine, now),
    ...createRetention(engine, now, monotonic),
    async forget(sender) {
      await engine.write('forget', ({ sql }) => {
        for (const table of ['messages', 'turns', 'refusals', 'sessions']) {
          sql(`DELETE FROM ${table} WHERE sender = ?`).run(sender);
        }
        const marks = noticeKeyPrefix(sender);
        sql('DELETE FROM expiring_keys WHERE key >= ? AND key < ?').run(marks, `${marks}\u{10ffff}`);
      });
      engine.maintain(true);
    },
    status: engine.status,
    quarantinedFiles: () => countSetAside(join(directory, DATABASE_NAME)),
    close: engine.close,
  };
}
