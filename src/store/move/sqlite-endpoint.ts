import { join } from 'node:path';
import { createEvents } from '../../events.ts';
import { countStatement, RECORD_KINDS } from '../record-kinds.ts';
import type { StoredRow } from '../rows.ts';
import { isIntact, sizeOf } from '../sqlite/damage.ts';
import { DATABASE_NAME, openDataDir } from '../sqlite/file.ts';
import { type Endpoint, MoveError, type Role } from './endpoint.ts';
import { batchRowsOf, type Table } from './tables.ts';

/**
 * Opens the store of DATA_DIR and locks the folder. A target is created if it does not exist.
 * @throws MoveError when the file is damaged or the source does not exist
 * @throws a sentence for the operator when a process uses the folder
 */
export function openSqliteEndpoint(directory: string, role: Role): Endpoint {
  const file = join(directory, DATABASE_NAME);
  if (role === 'source' && sizeOf(file) === 0)
    throw new MoveError(`Di DATA_DIR ${directory} tidak ada ${DATABASE_NAME}.`, 'Periksa DATA_DIR dalam .env.');
  // The service would quarantine a damaged file and begin an empty one.
  if (sizeOf(file) > 0 && !isIntact(file))
    throw new MoveError(`${file} rusak.`, 'Ikuti docs/runbook/corrupt-store.md, lalu ulangi.');
  const { database, release } = openDataDir(directory, createEvents());
  let isCleared = false;
  database.exec('BEGIN IMMEDIATE');
  return {
    name: `SQLite, DATA_DIR ${directory}`,

    async *read(table) {
      const { name, columns, byteColumns } = table;
      const batchRows = batchRowsOf(table);
      // SQLite returns the rows of a table without a key in the order of their insertion.
      let batch: StoredRow[] = [];
      for (const row of database.prepare(`SELECT ${columns} FROM ${name}`).iterate()) {
        for (const column of byteColumns) row[column] = toHex(row[column]);
        if (batch.push(row) < batchRows) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },

    async write(table, rows) {
      const insert = database.prepare(insertStatement(table));
      for (const row of rows) insert.run(...table.columns.map((column) => toValue(table, column, row[column])));
    },

    countKinds: async () =>
      RECORD_KINDS.map((kind) => Number(database.prepare(countStatement(kind, kind.table)).get()?.count)),

    readValue: async (name) =>
      (database.prepare('SELECT value FROM maintenance WHERE name = ?').get(name)?.value as number | undefined) ?? null,

    async writeValue(name, value) {
      if (value === null) database.prepare('DELETE FROM maintenance WHERE name = ?').run(name);
      else database.prepare('INSERT OR REPLACE INTO maintenance (name, value) VALUES (?, ?)').run(name, value);
    },

    async clear(tables) {
      for (const { name } of tables) database.exec(`DELETE FROM ${name}`);
      isCleared = true;
    },

    async commit() {
      database.exec('COMMIT');
      // Overwrites the copies that SQLite leaves in a page when it moves rows, and empties the log.
      if (isCleared) database.exec('VACUUM');
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },

    async close() {
      database.close();
      release();
    },
  };
}

const HEX_PREFIX = '\\x';

function toHex(bytes: unknown): string {
  return HEX_PREFIX + Buffer.from(bytes as Uint8Array).toString('hex');
}

function toValue({ byteColumns }: Table, column: string, value: unknown): string | number | null | Buffer {
  if (!byteColumns.includes(column)) return value as string | number | null;
  return Buffer.from(String(value).slice(HEX_PREFIX.length), 'hex');
}

function insertStatement({ name, columns }: Table): string {
  return `INSERT INTO ${name} (${columns}) VALUES (${columns.map(() => '?')})`;
}
