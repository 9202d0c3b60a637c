import { StoreUnavailable } from '../../errors.ts';
import type { Events } from '../../events.ts';
import type { StoreStatus } from '../types.ts';
import { openConnection, type Sql } from './connection.ts';
import { LOCK_WAIT_MS } from './damage.ts';
import { classifySqliteError } from './errors.ts';

interface Write {
  operation: string;
  run(sql: Sql): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** How often an unavailable store is tried again, ms. */
const PROBE_MS = 1_000;
/** A database that is damaged again sooner than this stays unavailable until then, ms: a bad disk must not fill with copies. */
const REPLACE_INTERVAL_MS = 60_000;

/** Pause after a commit, as a multiple of its time: commits take at most a quarter of the time. */
const COMMIT_PAUSE_RATIO = 3;
/** Longest pause after a commit, ms: a disk that stood still must not delay the next writes as long again. */
const MAX_COMMIT_PAUSE_MS = 10;

export type Database = ReturnType<typeof openStoreDatabase>;

/**
 * Opens the embedded store under `directory`. All writes that wait share one commit; an unavailable store recovers by
 * itself, and a damaged database is quarantined and replaced.
 * @throws when the folder can't be used or another process holds the store
 */
export function openStoreDatabase(directory: string, events: Events) {
  const connection = openConnection(directory, events);
  const { sql } = connection;
  let status: StoreStatus = 'ok';
  let queue: Write[] = [];
  let probe: NodeJS.Timeout | undefined;
  let nextReplaceAt = 0;
  let nextCommitAt = 0;

  /** Records a failure and returns the error for the caller. An error of the file or the disk is emitted once, until the store has recovered. */
  function recordFailure(operation: string, error: unknown): unknown {
    const problem = classifySqliteError(error);
    if (!problem) return error;
    const isKnown = status === problem || status === 'corrupt' || status === 'closed';
    if (!isKnown) {
      status = problem;
      events.emit({ type: 'store.failed', operation, code: problem });
      // The next writes try the lock without blocking for it.
      if (problem === 'locked') connection.waitForLock(0);
      recoverIn(problem === 'corrupt' ? Math.max(0, nextReplaceAt - performance.now()) : PROBE_MS);
    }
    return new StoreUnavailable(error);
  }

  function recoverIn(ms: number): void {
    clearTimeout(probe);
    probe = setTimeout(recover, ms).unref();
  }

  /** Replaces a damaged database; otherwise tries a small write, after an I/O error through a new handle. */
  function recover(): void {
    try {
      if (status === 'corrupt') {
        connection.reopen(true);
        nextReplaceAt = performance.now() + REPLACE_INTERVAL_MS;
      } else {
        if (status === 'failed') connection.reopen(false);
        connection.transact(() => sql("INSERT OR REPLACE INTO maintenance (name, value) VALUES ('probe', 0)").run());
      }
      markRecovered();
    } catch (error) {
      recoverIn(PROBE_MS);
      recordFailure('recover', error);
    }
  }

  function markRecovered(): void {
    if (status === 'ok' || status === 'closed') return;
    clearTimeout(probe);
    if (status === 'locked') connection.waitForLock(LOCK_WAIT_MS);
    status = 'ok';
    events.emit({ type: 'store.recovered' });
  }

  function refuseIfUnusable(): void {
    if (status === 'corrupt' || status === 'closed') throw new StoreUnavailable(new Error(status));
  }

  /**
   * A commit blocks the event loop until it is on disk, so the next one starts after a pause: the loop has time for
   * other work, and under load more writes share one commit.
   */
  function scheduleFlush(): void {
    const pauseMs = nextCommitAt - performance.now();
    if (pauseMs > 0) setTimeout(flush, pauseMs);
    else setImmediate(flush);
  }

  /** Commits all waiting writes together; if that fails, one by one, so that a bad write does not fail the others. */
  function flush(): void {
    const writes = queue;
    queue = [];
    const startedAt = performance.now();
    const error = commit(writes);
    const endedAt = performance.now();
    nextCommitAt = endedAt + Math.min(COMMIT_PAUSE_RATIO * (endedAt - startedAt), MAX_COMMIT_PAUSE_MS);
    if (error === null) return;
    for (const write of writes) {
      const failure = writes.length === 1 ? error : commit([write]);
      if (failure !== null) write.reject(recordFailure(write.operation, failure));
    }
  }

  /** Commits the writes and resolves their promises; otherwise rolls back all of them and returns the first error. */
  function commit(writes: readonly Write[]): unknown {
    try {
      refuseIfUnusable();
      const results = connection.transact(() => writes.map((write) => write.run(sql)));
      markRecovered();
      for (const [index, write] of writes.entries()) write.resolve(results[index]);
      return null;
    } catch (error) {
      const problem = classifySqliteError(error);
      // One by one they would block for the lock again, or be written to a damaged file.
      if (problem === 'locked' || problem === 'corrupt') return recordFailure(writes[0]?.operation ?? 'write', error);
      return error;
    }
  }

  /** @throws StoreUnavailable */
  function read<T>(operation: string, run: (sql: Sql) => T): T {
    refuseIfUnusable();
    try {
      return run(sql);
    } catch (error) {
      throw recordFailure(operation, error);
    }
  }

  /**
   * Runs `run` in one transaction with every other write until the next commit; resolves when it is on disk.
   * `run` may run twice, so it must have no effect outside the transaction. Rejects with StoreUnavailable or `run`'s error.
   */
  function write<T>(operation: string, run: (sql: Sql) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const length = queue.push({ operation, run, resolve: resolve as (value: unknown) => void, reject });
      if (length === 1) scheduleFlush();
    });
  }

  return {
    read,
    write,

    /** Reads each item: the form of a Batch operation. */
    readEach: <Item, T>(operation: string, items: readonly Item[], run: (sql: Sql, item: Item) => T) =>
      items.map(async (item) => read(operation, () => run(sql, item))),

    /** Writes each item, all in the next transaction: the form of a Batch operation. */
    writeEach: <Item, T>(operation: string, items: readonly Item[], run: (sql: Sql, item: Item) => T) =>
      items.map((item) => write(operation, () => run(sql, item))),

    /**
     * Checks the file for damage, returns free pages to the disk and empties the log; errors show in `status()`. `rewrite`:
     * also overwrites the copies of deleted rows that `secure_delete` does not reach.
     */
    maintain(rewrite: boolean): void {
      if (status !== 'ok') return;
      try {
        connection.check();
        connection.compact(rewrite);
      } catch (error) {
        // A lock of another program, or no room for a second copy, does not keep the store from working.
        const problem = classifySqliteError(error);
        if (problem === 'locked' || problem === 'full') return;
        const failure = recordFailure('maintain', error);
        if (!(failure instanceof StoreUnavailable)) throw failure;
      }
    },

    status: () => status,
    quarantinedFiles: connection.quarantinedFiles,

    /** Commits the writes that were requested before, then releases the folder. */
    async close(): Promise<void> {
      if (status === 'closed') return;
      flush();
      status = 'closed';
      clearTimeout(probe);
      connection.close();
    },
  };
}
