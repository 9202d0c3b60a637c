import { join } from 'node:path';
import { createEvents } from '../../events.ts';
import { countStatement, RECORD_KINDS } from '../record-kinds.ts';
import type { Row } from '../rows.ts';
import { isIntact, sizeOf } from '../sqlite/damage.ts';
import { DATABASE_NAME, openDataDir } from '../sqlite/file.ts';
import { MoveProblem, type Role, type Side } from './side.ts';
import type { Table } from './tables.ts';

/** Rows of a batch: a session takes up to some hundred KB. */
const BATCH_ROWS = 200;

/**
 * Opens the store of DATA_DIR and locks the folder. A target is created if it does not exist.
 * @throws MoveProblem when the file is damaged or the source does not exist
 * @throws a sentence for the operator when a process uses the folder
 */
export function openSqliteSide(directory: string, role: Role): Side {
  const file = join(directory, DATABASE_NAME);
  if (role === 'source' && sizeOf(file) === 0)
    throw new MoveProblem(`Di DATA_DIR ${directory} tidak ada ${DATABASE_NAME}.`, 'Periksa DATA_DIR dalam .env.');
  // The service would quarantine a damaged file and begin an empty one.
  if (sizeOf(file) > 0 && !isIntact(file))
    throw new MoveProblem(`${file} rusak.`, 'Ikuti docs/runbook/corrupt-store.md, lalu ulangi.');
  const { database, release } = openDataDir(directory, createEvents());
  let isCleared = false;
  database.exec('BEGIN IMMEDIATE');
  return {
    name: `SQLite, DATA_DIR ${directory}`,

    async *read({ name, columns }) {
      // SQLite returns the rows of a table without a key in the order of their insertion.
      let batch: Row[] = [];
      for (const row of database.prepare(`SELECT ${columns} FROM ${name}`).iterate()) {
        if (batch.push(row) < BATCH_ROWS) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    },

    async write({ name, columns }, rows) {
      const insert = database.prepare(insertStatement({ name, columns }));
      for (const row of rows) insert.run(...columns.map((column) => row[column] as string | number | null));
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

function insertStatement({ name, columns }: Table): string {
  return `INSERT INTO ${name} (${columns}) VALUES (${columns.map(() => '?')})`;
}
