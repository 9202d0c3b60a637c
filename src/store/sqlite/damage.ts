import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Events } from '../../events.ts';
import { classifySqliteError, FileError, resultCode } from './errors.ts';

/** Suffixes of the database and of SQLite's files next to it. */
export const FILE_SUFFIXES = ['', '-wal', '-shm', '-journal'];
/** How long opening and writing block for another program's lock, ms. */
export const LOCK_WAIT_MS = 250;
/** Follows the name of a quarantined database; its time follows. */
const QUARANTINE_MARK = '.corrupt-';
/** The mark that version 0a59946 used. */
const FORMER_QUARANTINE_MARK = '.rusak-';

/** Whether a file is a database without visible damage. It is only read, so a damaged one keeps its bytes, log included. */
export function isIntact(file: string): boolean {
  if (sizeOf(file) === 0) return false;
  const database = new DatabaseSync(file, { readOnly: true, timeout: LOCK_WAIT_MS });
  try {
    return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok';
  } catch (error) {
    if (classifySqliteError(error) === 'corrupt') return false;
    // READONLY: a transaction was interrupted while the file was created, and only a writer can roll it back.
    if (((resultCode(error) ?? 0) & 0xff) === 8) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** In bytes; 0 for a file that does not exist. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Watches the file at a path from now on; while it is open, no other file gets its inode. `check` throws a FileError when the
 * path names another file or no file, which SQLite notices only at its next checkpoint, and when the file was truncated;
 * `update` accepts the file's size after a write of ours.
 */
export function watchFile(file: string) {
  const look = () => statSync(file, { throwIfNoEntry: false });
  const inode = look()?.ino;
  let size = sizeOf(file);
  return {
    check(): void {
      const now = look();
      if (now === undefined || now.ino !== inode) throw new FileError('failed', 'the database was moved or deleted');
      // Another program's checkpoint may shrink the file too, without damage.
      if (now.size < size && !isIntact(file)) throw new FileError('corrupt', 'the database was truncated');
      size = now.size;
    },
    update(): void {
      size = sizeOf(file);
    },
  };
}

/** Renames a damaged database and its other files; open handles can still read them. Deletes nothing. */
export function quarantine(file: string, events: Events): void {
  const quarantined = `${file}${QUARANTINE_MARK}${new Date().toISOString().replace(/[:.]/g, '-')}`;
  for (const suffix of FILE_SUFFIXES) if (existsSync(file + suffix)) renameSync(file + suffix, quarantined + suffix);
  events.emit({ type: 'store.quarantined', file: quarantined });
}

/** Counts the quarantined databases. @returns null when the folder can't be read (the status of the store shows why) */
export function countQuarantined(file: string): number | null {
  let all: string[];
  try {
    all = readdirSync(dirname(file));
  } catch {
    return null;
  }
  const marks = [QUARANTINE_MARK, FORMER_QUARANTINE_MARK].map((mark) => basename(file) + mark);
  return all.filter((name) => marks.some((mark) => name.startsWith(mark)) && !/-(?:wal|shm|journal)$/.test(name))
    .length;
}
