import type { StoredRow } from '../rows.ts';
import type { Table } from './tables.ts';

/** Which of the two databases of a move an endpoint is. */
export type Role = 'source' | 'target';

/**
 * One of the two databases of a move, locked for this process and in one transaction from its opening to `commit`. Rows have
 * the values of SQLite: numbers, texts and null. Bytes are texts as PostgreSQL writes them: `\\x0aff`.
 */
export interface Endpoint {
  /** For operators. */
  name: string;
  /** Reads the rows of a table, in batches. Rows of a table without a primary key are in the order of their insertion. */
  read(table: Table): AsyncIterable<StoredRow[]>;
  write(table: Table, rows: readonly StoredRow[]): Promise<void>;
  /** Counts the records of every kind, in the order of RECORD_KINDS. */
  countKinds(): Promise<number[]>;
  /** Reads a value of `maintenance`. @returns null when it is missing */
  readValue(name: string): Promise<number | null>;
  /** Stores a value of `maintenance`; null deletes it. */
  writeValue(name: string, value: number | null): Promise<void>;
  /** Deletes every record. */
  clear(tables: readonly Table[]): Promise<void>;
  /** Makes the changes durable, and overwrites deleted rows where the database can. */
  commit(): Promise<void>;
  /** Ends the transaction, without its changes if it was not committed, and closes the database. */
  close(): Promise<void>;
}

/** Why records can't be moved, in Indonesian, and what to do about it. */
export class MoveError extends Error {
  readonly fix: string;
  constructor(text: string, fix: string) {
    super(text);
    this.fix = fix;
  }
}
