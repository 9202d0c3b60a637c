import { DatabaseSync } from 'node:sqlite';
import { schema } from '../sqlite/schema.ts';

/** A table of records, with the columns that both databases have. */
export interface Table {
  name: string;
  columns: readonly string[];
  /** Columns that hold files. */
  byteColumns: readonly string[];
}

/** Rows of a batch: a session takes up to some hundred KB, a file up to 4 MB. */
export const batchRowsOf = ({ byteColumns }: Table): number => (byteColumns.length > 0 ? 10 : 200);

/** Column that is not moved: no turn runs during a move. */
const NOT_MOVED = ['run_by'];
/** Table whose values are not moved, except RETENTION_VALUES. */
const MAINTENANCE = 'maintenance';

/** Values of `maintenance` that belong to the records: how long dead letters are still held after a jump of the clock. */
export const RETENTION_VALUES = ['pruned-at', 'hold-ms'];

/** Returns every table of records. A table that is added to the schema is moved too. */
export function listTables(): Table[] {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(schema);
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").all();
    return names
      .map(({ name }) => String(name))
      .filter((name) => name !== MAINTENANCE)
      .map((name) => toTable(database, name));
  } finally {
    database.close();
  }
}

function toTable(database: DatabaseSync, name: string): Table {
  const columns = database
    .prepare('SELECT name, type FROM pragma_table_info(?)')
    .all(name)
    .filter((column) => !NOT_MOVED.includes(String(column.name)));
  const byteColumns = columns.filter(({ type }) => type === 'BLOB');
  return { name, columns: columns.map(nameOf), byteColumns: byteColumns.map(nameOf) };
}

const nameOf = (column: Record<string, unknown>): string => String(column.name);
