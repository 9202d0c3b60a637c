import type { StatementSync } from 'node:sqlite';
import type { Events } from '../../events.ts';
import { countQuarantined, isIntact, quarantine, watchFile } from './damage.ts';
import { FileError } from './errors.ts';
import { openDatabase, openDataDir } from './file.ts';
import { salvage } from './salvage.ts';

/** Returns the prepared statement of a text. */
export type Sql = (text: string) => StatementSync;

/** Maximum free pages (4 KiB) that one compaction returns to the disk, because it blocks the event loop. */
const MAX_FREED_PAGES = 2_000;
/** Maximum pages of a database that is read or rewritten whole, which blocks for about 4 or 7 ms per MB. */
const MAX_WHOLE_PAGES = 16_384;

/**
 * Opens the database of a folder, which this process locks until `close`. Methods throw SQLite's errors.
 * @throws a sentence for the operator when the folder can't be used
 */
export function openConnection(directory: string, events: Events) {
  const { file, release, ...opened } = openDataDir(directory, events);
  let database = opened.database;
  let watch = watchFile(file);
  let statements = new Map<string, StatementSync>();
  let isQuarantined = false;
  let isRewritePending = false;

  const sql: Sql = (text) => {
    let statement = statements.get(text);
    if (!statement) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };

  const countPages = () => Number(sql('PRAGMA page_count').get()?.page_count);

  return {
    sql,

    /** Runs `run` in one transaction. @throws its error or SQLite's, after a rollback */
    transact<T>(run: () => T): T {
      watch.check();
      sql('BEGIN IMMEDIATE').run();
      try {
        const result = run();
        sql('COMMIT').run();
        watch.update();
        return result;
      } catch (error) {
        if (database.isTransaction) sql('ROLLBACK').run();
        throw error;
      }
    },

    /**
     * Opens the file again. A damaged one is quarantined first, and its readable rows are copied from the open handle to a
     * new file. SQLite neither writes to a renamed file nor deletes its log when that handle is closed.
     */
    reopen(isDamaged: boolean): void {
      if (isDamaged && !isQuarantined) quarantine(file, events);
      isQuarantined ||= isDamaged;
      const next = openDatabase(file, events);
      try {
        if (isQuarantined) salvage(database, next);
      } catch (error) {
        next.close();
        throw error;
      }
      const former = database;
      database = next;
      statements = new Map();
      isQuarantined = false;
      watch = watchFile(file);
      former.close();
    },

    /** How long a write blocks for another program's lock, ms. */
    waitForLock(ms: number): void {
      database.exec(`PRAGMA busy_timeout = ${ms}`);
    },

    /** Reads the whole file past our cache of its pages, as the next process would. @throws FileError */
    check(): void {
      if (countPages() <= MAX_WHOLE_PAGES && !isIntact(file)) throw new FileError('corrupt', 'the database is damaged');
    },

    /**
     * Returns free pages to the disk and empties the log. `rewrite`: writes every page again, because `secure_delete`
     * overwrites deleted rows, but not the copies that SQLite leaves in a page when it moves rows. If that fails, the next
     * call tries again.
     */
    compact(rewrite: boolean): void {
      isRewritePending ||= rewrite;
      const rewrites = isRewritePending && countPages() <= MAX_WHOLE_PAGES;
      database.exec(rewrites ? 'VACUUM' : `PRAGMA incremental_vacuum(${MAX_FREED_PAGES})`);
      if (sql('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0) isRewritePending = false;
      watch.update();
    },

    quarantinedFiles: () => countQuarantined(file),

    close(): void {
      database.close();
      release();
    },
  };
}
