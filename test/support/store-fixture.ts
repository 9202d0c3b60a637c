import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A store as commit 0a59946 wrote it; see make-store-fixture.mjs. */
const FIXTURE = new URL('../fixtures/store-0a59946.db', import.meta.url);
/** The last moment in the fixture at which its session is still active and its retry is due, ms since the epoch. */
export const FIXTURE_TIME = Date.UTC(2026, 10, 23, 2, 29);

/** Columns that hold times (ms since the epoch), by table, in the schema of 0a59946. */
const TIMES = {
  messages: ['received_at', 'done_at'],
  turns: ['created_at', 'started_at', 'retry_at', 'reply_at', 'failing_since', 'ended_at'],
  refusals: ['at'],
  remembered: ['expires_at'],
  sessions: ['updated_at'],
  sent_answers: ['at'],
};

/**
 * Copies the fixture into `directory` as the database of a store. With `now`, all times are shifted so that FIXTURE_TIME
 * becomes `now` (ms since the epoch).
 * @returns the path of the database
 */
export function copyStoreFixture(directory: string, now: number = FIXTURE_TIME): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'sapa-wa.sqlite');
  copyFileSync(FIXTURE, file);
  if (now === FIXTURE_TIME) return file;
  const database = new DatabaseSync(file);
  const shiftMs = Math.round(now - FIXTURE_TIME);
  for (const [table, columns] of Object.entries(TIMES)) {
    const changes = columns.map((column) => `${column} = ${column} + ${shiftMs}`);
    database.exec(`UPDATE ${table} SET ${changes.join(', ')}`);
  }
  database.close();
  return file;
}
