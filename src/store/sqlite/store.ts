import { toKeyBounds } from '../../conversation-key.ts';
import type { Events } from '../../events.ts';
import { noticeKeyRanges } from '../expiring-keys.ts';
import type { Retention, Store } from '../types.ts';
import { createConversations } from './conversations.ts';
import { openStoreDatabase } from './database.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createIdempotencyKeys, createSentAlerts, createTokenUsage } from './expiring-records.ts';
import { createInbox } from './inbox.ts';
import { createPauses } from './pauses.ts';
import { createPendingLimit } from './pending-count.ts';
import { createPrune } from './retention.ts';
import { createSessions } from './sessions.ts';
import { createTurns } from './turns.ts';

/**
 * Opens the store on SQLite under `directory`, which this process locks. `now`: the wall clock, ms since the epoch;
 * `monotonicNow`: a clock that is never set, ms.
 * @throws when the folder can't be used or another process has locked it
 */
export function createSqliteStore(options: {
  directory: string;
  retention: Retention;
  events: Events;
  now?: () => number;
  monotonicNow?: () => number;
}): Store {
  const { directory, retention, events, now = Date.now, monotonicNow = () => performance.now() } = options;
  const database = openStoreDatabase(directory, events);
  const pending = createPendingLimit();
  return {
    inbox: createInbox(database, pending, now),
    turns: createTurns(database, now),
    pauses: createPauses(database, now),
    deadLetters: createDeadLetters(database, pending),
    sessions: createSessions(database, now),
    conversations: createConversations(database, now),
    tokenUsage: createTokenUsage(database),
    idempotencyKeys: createIdempotencyKeys(database, retention, now),
    sentAlerts: createSentAlerts(database, retention, now),
    async forget(number) {
      await database.write('forget', (sql) => {
        const { above, below } = toKeyBounds(number);
        for (const table of ['messages', 'turns', 'pauses', 'refusals', 'sessions']) {
          sql(`DELETE FROM ${table} WHERE sender = ? OR (sender > ? AND sender < ?)`).run(number, above, below);
        }
        for (const [first, end] of noticeKeyRanges(number))
          sql('DELETE FROM expiring_keys WHERE key >= ? AND key < ?').run(first, end);
      });
      database.maintain(true);
    },
    // No other process deletes records.
    onForget: () => undefined,
    prune: createPrune(database, retention, now, monotonicNow),
    status: database.status,
    quarantinedFiles: database.quarantinedFiles,
    close: database.close,
  };
}
