import type { Message } from '../../types.ts';
import type { DeadLetter, Turn } from '../records.ts';
import { type StoredRow, toDeadLetter, toMessage, toTurn } from '../rows.ts';
import type { Sql } from './connection.ts';

/** Loads the messages of a turn, in their order. */
function loadMessages(sql: Sql, { id, sender }: StoredRow): Message[] {
  return sql('SELECT * FROM messages WHERE sender = ? AND turn_id = ? ORDER BY seq')
    .all(sender as string, id as string)
    .map(toMessage);
}

/** Loads an open turn with its messages. @returns null when it ended or was deleted */
export function loadTurn(sql: Sql, id: string): Turn | null {
  const row = sql("SELECT * FROM turns WHERE id = ? AND state = 'open'").get(id);
  return row ? toTurn(row, loadMessages(sql, row)) : null;
}

/** Loads the dead letter of a dead row of `turns`. */
export function loadDeadLetter(sql: Sql, row: StoredRow): DeadLetter {
  return toDeadLetter(row, loadMessages(sql, row));
}
