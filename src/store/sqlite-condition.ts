import type { StoreCondition } from './store.ts';

/** What can be wrong with the store. */
export type Trouble = Exclude<StoreCondition, 'ok' | 'closed'>;

/** SQLite's primary result codes that speak of the file, the disk or another process. @see https://sqlite.org/rescode.html */
const TROUBLES = new Map<number, Trouble>([
  [2, 'failed'], // INTERNAL
  [3, 'failed'], // PERM
  [5, 'locked'], // BUSY
  [6, 'locked'], // LOCKED
  [7, 'failed'], // NOMEM
  [8, 'failed'], // READONLY, also where the file was moved away under us
  [10, 'failed'], // IOERR
  [11, 'corrupt'], // CORRUPT
  [13, 'full'], // FULL
  [14, 'failed'], // CANTOPEN
  [15, 'locked'], // PROTOCOL
  [22, 'failed'], // NOLFS
  [26, 'corrupt'], // NOTADB
]);
/** Growing the index of the log is an I/O error of its own to SQLite; what it means is that the disk is full. */
const IOERR_SHMSIZE = 4874;

/** What an engine's error says about the store; null for an error that is not about it (a bug of ours). */
export function troubleOf(error: unknown): Trouble | null {
  if (isSystemError(error)) return error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'full' : 'failed';
  const code = resultCode(error);
  if (code === IOERR_SHMSIZE) return 'full';
  return code === null ? null : (TROUBLES.get(code & 0xff) ?? null);
}

/** An error of a file's own system call: the log could not be brought to the disk. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** SQLite's extended result code; null where the error is not SQLite's. */
export function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
}
