import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createEvents } from '../src/events.ts';
import { createSqliteStore } from '../src/store/sqlite.ts';
import { personNumber } from './outside/messages.ts';

/** Entries of a full session, and the characters of each. */
export const ENTRIES = 20;
export const TEXT_BYTES = 200;

/** A store in `dataDir` with an idle session for each sender, as `changeSession` writes them; empty without senders. */
export async function fillSessions(dataDir: string, senders: readonly string[]): Promise<void> {
  const store = createSqliteStore({ directory: dataDir, maxInbox: 1, events: createEvents() });
  await store.close();
  const database = new DatabaseSync(join(dataDir, 'sapa-wa.sqlite'));
  const insert = database.prepare(
    'INSERT INTO sessions (sender, user_id, entries, notes, updated_at) VALUES (?, ?, ?, ?, ?)',
  );
  const now = Date.now();
  database.exec('BEGIN');
  for (const [index, sender] of senders.entries()) {
    insert.run(sender, `10000000-0000-4000-8000-0000${sender.slice(-8)}`, entries(index, now), '{}', now);
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** A store in `dataDir` with so many accepted messages that nobody has answered. */
export async function fillInbox(dataDir: string, count: number): Promise<void> {
  const store = createSqliteStore({ directory: dataDir, maxInbox: count, events: createEvents() });
  const receivedAt = Date.now();
  const accepted = Array.from({ length: count }, (_, index) => {
    const sender = personNumber(60_000_000 + index);
    const userId = `10000000-0000-4000-8000-0000${sender.slice(-8)}`;
    const text = `Tolong jelaskan keadaan unit saya, pesan ke-${index}`;
    const message = { sender, device: '6281100000000', inboxid: index + 1, text, attachment: null };
    const seq = store.inbox.takeNumber();
    const key = `inbox:${createHash('sha256').update(`${index}`).digest('base64url').slice(0, 32)}`;
    return store.inbox.accept({ ...message, seq, userId, receivedAt }, { key, lasts: 'day' }, 10);
  });
  const refused = (await Promise.all(accepted)).filter((acceptance) => acceptance !== 'accepted');
  if (refused.length > 0) throw new Error(`${refused.length} messages could not be stored`);
  await store.close();
}

function entries(session: number, now: number): string {
  return JSON.stringify(
    Array.from({ length: ENTRIES }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: `Isi ke-${index} dari sesi ${session}. `.padEnd(TEXT_BYTES, 'Rapat koordinasi dan tindak lanjutnya. '),
      timestamp: now - (ENTRIES - index) * 1000,
    })),
  );
}
