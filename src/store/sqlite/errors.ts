import type { StoreStatus } from '../types.ts';

/** The failures of the store. */
export type StoreProblem = Exclude<StoreStatus, 'ok' | 'closed'>;

/** SQLite's primary result codes for errors of the file, the disk or another process. @see https://sqlite.org/rescode.html */
const STATUS_BY_RESULT_CODE = new Map<number, StoreProblem>([
  [2, 'failed'], // INTERNAL
  [3, 'failed'], // PERM
  [5, 'locked'], // BUSY
  [6, 'locked'], // LOCKED
  [7, 'failed'], // NOMEM
  [8, 'failed'], // READONLY, also after the file was moved
  [10, 'failed'], // IOERR
  [11, 'corrupt'], // CORRUPT
  [13, 'full'], // FULL
  [14, 'failed'], // CANTOPEN
  [15, 'locked'], // PROTOCOL
  [22, 'failed'], // NOLFS
  [26, 'corrupt'], // NOTADB
]);
/** SQLite reports a full disk as an I/O error when it extends the index of the log. */
const IOERR_SHMSIZE = 4874;

/** A problem of the database file that no statement of SQLite has met yet. */
export class FileError extends Error {
  readonly problem: StoreProblem;
  constructor(problem: StoreProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** Maps an error to the state of the store. @returns null if neither the file nor the disk caused it (a bug) */
export function classifySqliteError(error: unknown): StoreProblem | null {
  if (error instanceof FileError) return error.problem;
  // A system call: the file could not be opened, renamed or given its mode.
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'full' : 'failed';
  const code = resultCode(error);
  if (code === IOERR_SHMSIZE) return 'full';
  return code === null ? null : (STATUS_BY_RESULT_CODE.get(code & 0xff) ?? null);
}

/** SQLite's extended result code; null for an error that is not SQLite's. */
export function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
}
