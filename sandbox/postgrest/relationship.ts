import { FOREIGN_KEYS, isTable, type TableName } from '../sapa-schema.ts';
import { PostgrestError } from './error.ts';

/**
 * Finds the foreign key between a table and a relation that it embeds.
 * @param relation the other table, or a foreign key column of `table`
 * @throws PostgrestError PGRST200 when the tables have no relationship
 */
export function findRelationship(table: TableName, relation: string): Relationship {
  for (const { table: from, column, to } of FOREIGN_KEYS) {
    if (from === table && (to === relation || column === relation)) {
      return { table: to, column, embeddedColumn: 'id', toMany: false };
    }
    if (to === table && from === relation) return { table: from, column: 'id', embeddedColumn: column, toMany: true };
  }
  const message = `Could not find a relationship between '${table}' and '${relation}' in the schema cache`;
  throw new PostgrestError(400, 'PGRST200', message, {
    details: isTable(relation) ? 'No foreign key joins the two tables.' : 'There is no such table.',
  });
}

/** A foreign key, seen from the table that embeds the other one. */
export interface Relationship {
  /** The embedded table. */
  table: TableName;
  /** The column of the embedding table that equals `embeddedColumn` of the embedded one. */
  column: string;
  embeddedColumn: string;
  /** Whether the embedded rows are a list; otherwise there is at most one. */
  toMany: boolean;
}
