import { copyFileSync, existsSync, rmSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { FILE_SUFFIXES } from '../../src/store/sqlite/damage.ts';
import { classifySqliteError } from '../../src/store/sqlite/errors.ts';
import { DATABASE_NAME } from '../../src/store/sqlite/file.ts';
import { UpgradeProblem } from './problem.ts';

/** Pages of one step of a backup: all of them, so that a writer cannot make SQLite start again. */
const ALL_PAGES = 2 ** 31 - 1;
/** How often files that change while they are copied are copied again. */
const MAX_ATTEMPTS = 5;
/** Copied files; `-shm` only coordinates processes that have the database open. */
const COPIED_SUFFIXES = FILE_SUFFIXES.filter((suffix) => suffix !== '-shm');

/**
 * Copies the database of `directory` into `target` and never writes to the original. While a service has it open, SQLite's
 * own backup gives a consistent copy, its log included; otherwise the files are copied, and no SQLite opens the original.
 * @returns whether a service was running
 * @throws UpgradeProblem
 */
export async function copyStore(directory: string, target: string): Promise<{ isRunning: boolean }> {
  const file = findDatabase(directory);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    for (const suffix of COPIED_SUFFIXES) rmSync(join(target, DATABASE_NAME + suffix), { force: true });
    if (isLocked(directory)) {
      await backUp(file, join(target, DATABASE_NAME));
      return { isRunning: true };
    }
    // A service that starts or stops in between changes the files.
    if (copyFiles(file, target) && !isLocked(directory)) return { isRunning: false };
  }
  throw new UpgradeProblem('Berkasnya terus berubah selama disalin.', 'Hentikan layanan lama, lalu ulangi.');
}

/** @returns the path of the database @throws UpgradeProblem when the folder is not one of the service */
function findDatabase(directory: string): string {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (!stats) throw new UpgradeProblem(`${directory} tidak ada.`, 'Tulis DATA_DIR layanan lama.');
  if (!stats.isDirectory()) {
    const folder = basename(directory) === DATABASE_NAME ? dirname(directory) : 'DATA_DIR layanan lama';
    throw new UpgradeProblem(`${directory} bukan folder.`, `Tulis foldernya: ${folder}.`);
  }
  const file = join(directory, DATABASE_NAME);
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    const inside = join(directory, 'data');
    const fix = existsSync(join(inside, DATABASE_NAME))
      ? `Mungkin maksudnya ${inside}.`
      : 'Tulis DATA_DIR layanan lama, biasanya folder data di tempat pemasangannya.';
    throw new UpgradeProblem(`Di ${directory} tidak ada ${DATABASE_NAME}.`, fix);
  }
  if (size === 0 && !existsSync(`${file}-wal`)) {
    throw new UpgradeProblem(
      `${file} kosong.`,
      'Periksa apakah folder itu benar; mungkin layanan lama belum pernah mulai.',
    );
  }
  return file;
}

/** Whether a service holds the lock of the folder. The lock is only read. */
function isLocked(directory: string): boolean {
  const path = join(directory, 'lock.sqlite');
  if (!existsSync(path)) return false;
  const lock = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    lock.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (classifySqliteError(error) === 'locked') return true;
    throw error;
  } finally {
    lock.close();
  }
}

async function backUp(file: string, target: string): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    await backup(source, target, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

/** @returns false when a file changed while it was copied */
function copyFiles(file: string, target: string): boolean {
  const before = describeFiles(file);
  for (const suffix of COPIED_SUFFIXES) {
    if (existsSync(file + suffix)) copyFileSync(file + suffix, join(target, DATABASE_NAME + suffix));
  }
  return before === describeFiles(file);
}

/** Everything that a write to one of the files changes. */
function describeFiles(file: string): string {
  const parts = COPIED_SUFFIXES.map((suffix) => {
    const stats: Stats | undefined = statSync(file + suffix, { throwIfNoEntry: false });
    return stats ? [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs] : null;
  });
  return JSON.stringify(parts);
}
