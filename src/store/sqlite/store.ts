import { join } from 'node:path';
import type { Events } from '../../events.ts';
import type { Store } from '../types.ts';
import { createConversations } from './conversations.ts';
import { countQuarantined } from './damage.ts';
import { openStoreDatabase } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createExpiringRecords } from './expiring-records.ts';
import { DATABASE_NAME } from './file.ts';
import { createInboxWrites, noticeKeyPrefix } from './inbox.ts';
import { countPending, createPendingLimit, oldestPending } from './pending-count.ts';
import { createRetention } from './retention.ts';
import { createSessions } from './sessions.ts';
import { createTurnState } from './turn-state.ts';
import { createTurns } from './turns.ts';

/**
 * Opens the store on SQLite under `directory`, which this process locks. `now`: the wall clock, ms since the epoch;
 * `monotonic`: a clock that is never set, ms.
 * @throws when the folder can't be used or another process has locked it
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
  const database = openStoreDatabase(directory, events);
  const pending = createPendingLimit(options.maxInbox);
  const turns = createTurnState({ now, pending, processId: crypto.randomUUID() });
  return {
    inbox: {
      ...createInboxWrites(database, { pending, events, now }),
      ...createTurns(database, turns, now),
      ...createDeadLetters(database, turns, now),
      async status() {
        return database.read('status', (sql) => ({
          pending: countPending(sql),
          oldestAt: oldestPending(sql),
          deadLetters: Number(
            sql("SELECT count(*) AS count FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL").get()?.count,
          ),
        }));
      },
    },
    sessions: createSessions(database, now),
    conversations: createConversations(database, now),
    ...createExpiringRecords(database, now),
    ...createRetention(database, now, monotonic),
    async forget(sender) {
      await database.write('forget', ({ sql }) => {
        for (const table of ['messages', 'turns', 'refusals', 'sessions']) {
          sql(`DELETE FROM ${table} WHERE sender = ?`).run(sender);
        }
        const prefix = noticeKeyPrefix(sender);
        sql('DELETE FROM expiring_keys WHERE key >= ? AND key < ?').run(prefix, `${prefix}\u{10ffff}`);
      });
      database.maintain(true);
    },
    status: database.status,
    quarantinedFiles: () => countQuarantined(join(directory, DATABASE_NAME)),
    close: database.close,
  };
}
