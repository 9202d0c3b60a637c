import { DatabaseSync } from 'node:sqlite';
import { schema } from '../sqlite/schema.ts';

/** A table of records, with the columns that both databases have. */
export interface Table {
  name: string;
  columns: readonly string[];
}

/** The process that runs a turn: no process runs one during a move. */
const NOT_MOVED = ['run_by'];
/** Its values concern one database, except HELD_VALUES. */
const MAINTENANCE = 'maintenance';

/** Values of `maintenance` that belong to the records: how long dead letters are still held after a jump of the clock. */
export const HELD_VALUES = ['pruned-at', 'hold-ms'];

/** Returns every table of records. A table that is added to the schema is moved too. */
export function listTables(): Table[] {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(schema);
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").all();
    return names
      .map(({ name }) => String(name))
      .filter((name) => name !== MAINTENANCE)
      .map((name) => ({ name, columns: listColumns(database, name) }));
  } finally {
    database.close();
  }
}

function listColumns(database: DatabaseSync, table: string): string[] {
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  return columns.map(({ name }) => String(name)).filter((name) => !NOT_MOVED.includes(name));
}
