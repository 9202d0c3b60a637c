import type { Row, TableName } from '../sapa-schema.ts';
import type { Query } from './query.ts';

/**
 * Runs a query on a table.
 * @throws PostgrestError for an unknown column or relation and for a value that PostgreSQL cannot cast
 */
export type Engine = (table: TableName, query: Query) => Result | Promise<Result>;

export interface Result {
  rows: Row[];
  /** The number of rows without offset and limit. */
  total: number;
}
