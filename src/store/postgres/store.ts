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
import { createPrune } from './retention.ts';
import { createSessions } from './sessions.ts';
import { createTurns } from './turns.ts';

/**
 * Opens the store on PostgreSQL, which any number of instances share. `url`: DATABASE_URL; `listenUrl`: DATABASE_LISTEN_URL;
 * `schema`: created if missing; `now` and `monotonicNow` as in createSqliteStore.
 * @throws a sentence for the operator when the database can't be used
 */
export async function createPostgresStore(options: {
  url: string;
  listenUrl: string | undefined;
  schema: string;
  retention: Retention;
  events: Events;
  now?: () => number;
  monotonicNow?: () => number;
}): Promise<Store> {
  const { retention, now = Date.now, monotonicNow = () => performance.now() } = options;
  const database = await openStoreDatabase({ ...options, now });
  const lastPending = await database.runAlone<number>('last_pending_sequence', {});
  return {
    inbox: createInbox(database, lastPending, now),
    turns: createTurns(database),
    pauses: createPauses(database),
    deadLetters: createDeadLetters(database),
    sessions: createSessions(database),
    conversations: createConversations(database),
    tokenUsage: createTokenUsage(database),
    idempotencyKeys: createIdempotencyKeys(database, retention),
    sentAlerts: createSentAlerts(database, retention),
    async forget(number) {
      const { above, below } = toKeyBounds(number);
      const [bare, ofDevices] = noticeKeyRanges(number);
      await database.runAlone('forget_sender', { sender: number, above, below, bare, ofDevices, lock: number });
    },
    onForget: database.onForget,
    prune: createPrune(database, retention, now, monotonicNow),
    status: database.status,
    // PostgreSQL repairs or reports damage itself; this service replaces no database of a server.
    quarantinedFiles: () => 0,
    close: database.close,
  };
}
