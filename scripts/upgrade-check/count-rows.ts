import type { DatabaseSync } from 'node:sqlite';
import { countStatement, RECORD_KINDS } from '../../src/store/record-kinds.ts';

/** The names of tables in earlier versions. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  token_usage: 'tokens',
  idempotency_keys: 'sent_answers',
  expiring_keys: 'remembered',
};

/** Tables that earlier versions do not have. */
const ADDED_TABLES: ReadonlySet<string> = new Set(['reply_files', 'pauses']);

/**
 * Counts the rows of every kind, in the order of RECORD_KINDS.
 * @returns null when a table is missing: the file is no store of this service
 */
export function countRows(database: DatabaseSync): number[] | null {
  const names = new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name)),
  );
  const counts = RECORD_KINDS.map((kind) => {
    const table = [kind.table, FORMER_NAMES[kind.table]].find((name) => name !== undefined && names.has(name));
    if (table === undefined) return ADDED_TABLES.has(kind.table) ? 0 : null;
    return Number(database.prepare(countStatement(kind, table)).get()?.count);
  });
  return counts.every((count) => count !== null) ? counts : null;
}
