import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { isConversationKey } from '../../conversation-key.ts';
import { classifySqliteError } from './errors.ts';

/**
 * Tables and the rows of them that are copied together or not at all. Only answered messages and refusals are not copied;
 * `maintenance` holds how long dead letters are still stored after a jump of the clock.
 */
const GROUPS: Record<string, string>[] = [
  {
    turns: "SELECT * FROM turns WHERE state = 'open'",
    reply_files: "SELECT reply_files.* FROM turns JOIN reply_files ON turn_id = turns.id WHERE state = 'open'",
    messages: 'SELECT * FROM messages WHERE done_at IS NULL',
  },
  {
    turns: "SELECT * FROM turns WHERE state = 'dead' AND ended_at IS NOT NULL",
    reply_files: `SELECT reply_files.* FROM turns JOIN reply_files ON turn_id = turns.id
      WHERE state = 'dead' AND turns.ended_at IS NOT NULL`,
    messages: `SELECT messages.* FROM turns JOIN messages ON messages.sender = turns.sender AND turn_id = turns.id
      WHERE state = 'dead' AND turns.ended_at IS NOT NULL`,
  },
  { pauses: 'SELECT * FROM pauses' },
  { sessions: 'SELECT * FROM sessions' },
  { expiring_keys: 'SELECT * FROM expiring_keys' },
  { token_usage: 'SELECT * FROM token_usage' },
  { idempotency_keys: 'SELECT * FROM idempotency_keys' },
  { maintenance: 'SELECT * FROM maintenance' },
];

/** A message whose turn is missing, or a turn whose first message is missing. */
const ORPHANS = `
  SELECT 1 FROM messages WHERE turn_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM turns WHERE turns.id = turn_id)
  UNION ALL SELECT 1 FROM turns WHERE kind <> 'notice'
    AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.seq = turns.seq AND turn_id = turns.id)`;

const JSON_COLUMNS = ['attachment', 'parts', 'entries', 'notes', 'dead_letter_reason', 'history', 'response'];

/**
 * Copies what can be read of a damaged database into a new one. A group is left out when one of its rows can't be read, is
 * implausible or misses its counterpart: no row is better than a wrong one.
 * @throws when the new database can't be written; then it is unchanged
 */
export function salvage(from: DatabaseSync, to: DatabaseSync): void {
  to.exec('BEGIN IMMEDIATE');
  for (const group of GROUPS) {
    to.exec('SAVEPOINT salvage');
    try {
      for (const [table, select] of Object.entries(group)) copyRows(from, to, table, select);
      if (to.prepare(ORPHANS).get()) to.exec('ROLLBACK TO salvage');
    } catch (error) {
      if (!to.isTransaction || classifySqliteError(error) === 'full') throw error;
      to.exec('ROLLBACK TO salvage');
    }
    to.exec('RELEASE salvage');
  }
  to.exec('COMMIT');
}

function copyRows(from: DatabaseSync, to: DatabaseSync, table: string, select: string): void {
  let insert: StatementSync | undefined;
  for (const row of from.prepare(select).iterate()) {
    verify(row);
    const columns = Object.keys(row);
    insert ??= to.prepare(`INSERT INTO ${table} (${columns}) VALUES (${columns.map((column) => `:${column}`)})`);
    insert.run(row);
  }
}

/** @throws when a sender is no key of a conversation or a JSON column no JSON; the tables themselves verify types */
function verify(row: Record<string, SQLOutputValue>): void {
  if ('sender' in row && !isConversationKey(String(row.sender))) throw new Error('not a sender');
  for (const column of JSON_COLUMNS) if (typeof row[column] === 'string') JSON.parse(row[column]);
}
