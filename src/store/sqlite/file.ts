import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Events } from '../../events.ts';
import { FILE_SUFFIXES, isIntact, LOCK_WAIT_MS, quarantine, sizeOf } from './damage.ts';
import { classifySqliteError, FileError } from './errors.ts';
import { MIGRATIONS, SCHEMA_VERSION, schema } from './schema.ts';

export const DATABASE_NAME = 'sapa-wa.sqlite';

/** The lock excludes other processes, so a turn that is marked as running was interrupted by the death of its process. */
const COUNT_CRASHES =
  "UPDATE turns SET crashes = crashes + 1, run_by = NULL WHERE run_by IS NOT NULL AND state = 'open'";

/**
 * Locks the folder for this process until `release` is called or the process dies, restricts it to our user (0700) and opens
 * its database. A damaged database is quarantined, never deleted, and a new one is created.
 * @throws with a sentence for the operator
 */
export function openDataDir(directory: string, events: Events) {
  let release = () => {};
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    restrict(directory, 0o700);
    release = holdLock(join(directory, 'lock.sqlite'));
    const file = join(directory, DATABASE_NAME);
    const database = openIntactDatabase(file, events);
    database.exec(COUNT_CRASHES);
    return { file, database, release };
  } catch (error) {
    release();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      classifySqliteError(error) === 'locked'
        ? `DATA_DIR ${directory} sedang dipakai proses lain; hentikan proses itu dahulu.`
        : `DATA_DIR ${directory} tidak dapat dipakai: ${reason}`,
      { cause: error },
    );
  }
}

/** An exclusive SQLite lock: the operating system releases it when the process dies, however it dies. */
function holdLock(path: string): () => void {
  createPrivate(path);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    lock.close();
    throw error;
  }
}

function openIntactDatabase(file: string, events: Events): DatabaseSync {
  try {
    if (sizeOf(file) > 0 && !isIntact(file)) throw new FileError('corrupt', 'the database is damaged');
    return openDatabase(file, events);
  } catch (error) {
    if (classifySqliteError(error) !== 'corrupt') throw error;
    quarantine(file, events);
    return openDatabase(file, events);
  }
}

/** Opens the database for writing and creates or migrates its schema. A commit is on disk when it returns. */
export function openDatabase(file: string, events: Events): DatabaseSync {
  // SQLite would delete a log whose database is missing or empty.
  if (sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0) quarantine(file, events);
  for (const suffix of FILE_SUFFIXES) if (existsSync(file + suffix)) restrict(file + suffix, 0o600);
  createPrivate(file);
  const database = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    // A downgrade needs the backup that was made before the upgrade.
    if (version > SCHEMA_VERSION) throw new Error('berkasnya dibuat oleh versi layanan yang lebih baru');
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA cell_size_check = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -16000;
    `);
    database.exec(`BEGIN; ${migrationsFrom(version)} ${schema}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Returns the statements that migrate a file of this version to the current one; empty for a new file (version 0). */
function migrationsFrom(version: number): string {
  const steps = Object.entries(MIGRATIONS).filter(([from]) => version > 0 && Number(from) >= version);
  return steps.map(([, statements]) => `${statements};`).join(' ');
}

/**
 * Creates an empty file with mode 0600; SQLite gives its log files the same mode. An existing file is not opened: closing
 * it would release every lock that this process has on it.
 * @see https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
function createPrivate(path: string) {
  if (existsSync(path)) restrict(path, 0o600);
  else closeSync(openSync(path, 'a', 0o600));
}

function restrict(path: string, mode: number) {
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode);
}
