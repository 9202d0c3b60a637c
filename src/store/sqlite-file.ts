import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Events } from '../events.ts';
import { MIGRATIONS, SCHEMA_VERSION, schema } from './schema.ts';
import { resultCode, troubleOf } from './sqlite-condition.ts';

const FILE = 'sapa-wa.sqlite';
/** A log of so many pages (16 MB) is brought into the database: that blocks, and pages written often go there once. */
const CHECKPOINT_PAGES = 4_000;
/** The database and what SQLite keeps beside it. */
const ENDS = ['', '-wal', '-shm', '-journal'];
/** What the name of a database that was set aside goes on with, before its time. */
const ASIDE = '.rusak-';
/** How long the start waits for somebody else's lock, in ms. */
const START_PATIENCE_MS = 1_000;

/** The folder of an embedded store, held against any other process until `release` is called or this process dies. */
export interface HeldFolder {
  file: string;
  database: DatabaseSync;
  release(): void;
}

/**
 * Makes the folder ours alone (0700) and opens the database in it, or a new one where the file is no sound database:
 * that one is set aside, never deleted.
 * @throws with a sentence for the operator
 */
export function openFolder(directory: string, events: Events): HeldFolder {
  let release = () => {};
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    restrict(directory, 0o700);
    release = holdLock(join(directory, 'lock.sqlite'));
    const file = join(directory, FILE);
    return { file, database: openSound(file, events), release };
  } catch (error) {
    release();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      troubleOf(error) === 'locked'
        ? `DATA_DIR ${directory} sedang dipakai proses lain; hentikan proses itu dahulu.`
        : `DATA_DIR ${directory} tidak dapat dipakai: ${reason}`,
      { cause: error },
    );
  }
}

/** An exclusive lock of SQLite's own kind: the system lets go of it when the process dies, however it dies. */
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

function openSound(file: string, events: Events): DatabaseSync {
  if (!isSound(file, START_PATIENCE_MS)) setAside(file, events);
  try {
    return openDatabase(file, START_PATIENCE_MS, events);
  } catch (error) {
    if (troubleOf(error) !== 'corrupt') throw error;
    setAside(file, events);
    return openDatabase(file, START_PATIENCE_MS, events);
  }
}

/** The write-ahead log of a database, where its newest commits are. */
export const logOf = (file: string) => `${file}-wal`;

/** Opens the database for writing: a commit is on disk once its log is synced; `patienceMs` is how long this may block for somebody else's lock. */
export function openDatabase(file: string, patienceMs: number, events: Events): DatabaseSync {
  // SQLite would delete a log whose database is gone or empty.
  if (sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0) setAside(file, events);
  for (const end of ENDS) if (existsSync(file + end)) restrict(file + end, 0o600);
  createPrivate(file);
  const database = new DatabaseSync(file, { timeout: patienceMs });
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    refuseNewer(version);
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA secure_delete = ON;
      PRAGMA foreign_keys = OFF;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -16000;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    `);
    database.exec(`BEGIN; ${migrationsFrom(version)} ${schema}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    database.exec('PRAGMA busy_timeout = 0');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file of a later version may hold what this one would not understand: going back needs the backup made before. */
function refuseNewer(version: number): void {
  if (version > SCHEMA_VERSION) throw new Error('berkasnya dibuat oleh versi layanan yang lebih baru');
}

/** The statements that bring a file of this version to the current one; none for a new file (version 0). */
function migrationsFrom(version: number): string {
  const steps = Object.entries(MIGRATIONS).filter(([from]) => version > 0 && Number(from) >= version);
  return steps.map(([, statements]) => `${statements};`).join(' ');
}

/** Whether a file is a database without visible damage. It is only read: a damaged one keeps its bytes, log included. */
export function isSound(file: string, patienceMs: number): boolean {
  if (sizeOf(file) === 0) return true;
  const database = new DatabaseSync(file, { readOnly: true, timeout: patienceMs });
  try {
    return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok';
  } catch (error) {
    if (troubleOf(error) === 'corrupt') return false;
    // A transaction cut off while the file was being made: only a writer can undo it.
    if (((resultCode(error) ?? 0) & 0xff) === 8) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** Tells whether a path still names the file that it named at first; kept open, that file's number is no other's. */
export function identityOf(file: string): () => boolean {
  const inode = () => {
    try {
      return statSync(file).ino;
    } catch {
      return null;
    }
  };
  const first = inode();
  return () => inode() === first;
}

/** SQLite notices only at its next checkpoint that its file is gone, and commits to nowhere until then. */
export class FileMoved extends Error {
  /** SQLITE_READONLY_DBMOVED */
  readonly errcode = 1032;
  constructor() {
    super('the database file was moved or deleted');
  }
}

function setAside(file: string, events: Events) {
  const aside = `${file}${ASIDE}${new Date().toISOString().replace(/[:.]/g, '-')}`;
  for (const end of ENDS) if (existsSync(file + end)) renameSync(file + end, aside + end);
  events.emit({ type: 'store.set-aside', file: aside });
}

/** How many databases were set aside and are still there; null where the folder can't be looked into. */
export function countSetAside(directory: string): number | null {
  let all: string[];
  try {
    all = readdirSync(directory);
  } catch {
    // What is wrong with the folder shows in the store's own condition.
    return null;
  }
  const names = all.filter((name) => name.startsWith(`${FILE}${ASIDE}`));
  return names.filter((name) => !ENDS.some((end) => end !== '' && name.endsWith(end))).length;
}

/**
 * An empty file that only we can read; SQLite gives its log files the same mode. One that exists is not opened: closing
 * it again would let go of every lock that this process has on it.
 * @see https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
function createPrivate(path: string) {
  if (existsSync(path)) restrict(path, 0o600);
  else closeSync(openSync(path, 'a', 0o600));
}

/** In bytes; 0 where there is no such file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function restrict(path: string, mode: number) {
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode);
}
