import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';

/** Brings what was written to a file to its disk, off the event loop; calls back with what went wrong. */
export type Datasync = (fd: number, done: (error: Error | null) => void) => void;

/** Makes commits durable. */
export interface LogSync {
  /**
   * Resolves when every commit made before is on disk; rejects with the system's error. One sync runs at a time: those
   * who ask meanwhile share the next.
   */
  synced(): Promise<void>;
  /** The same at once, holding everybody up. @throws the system's error */
  syncNow(): void;
  /** Lets go of the log; a new one is opened where it is needed again. */
  reopen(): void;
}

/**
 * Syncs SQLite's write-ahead log, where commits are. With `synchronous=NORMAL` SQLite itself leaves that to the next
 * checkpoint; with `FULL` it would do it in every commit, and hold up the event loop for it. No locks are lost by closing
 * our handle: SQLite keeps those on the database and its shared memory, none on the log. @see https://sqlite.org/wal.html
 */
export function createLogSync(path: string, datasync: Datasync = fdatasync): LogSync {
  let handle: { fd: number; users: number; isLeft: boolean } | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const open = () => {
    handle ??= { fd: openSync(path, 'r'), users: 0, isLeft: false };
    return handle;
  };
  const leave = (left: NonNullable<typeof handle>) => {
    if (left.isLeft && left.users === 0) closeSync(left.fd);
  };

  function run(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const used = open();
      used.users += 1;
      datasync(used.fd, (error) => {
        used.users -= 1;
        leave(used);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  function start(): Promise<void> {
    next = undefined;
    running = run().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    synced() {
      if (next) return next;
      if (!running) return start();
      next = running.then(start, start);
      return next;
    },
    syncNow: () => fdatasyncSync(open().fd),
    reopen() {
      if (!handle) return;
      handle.isLeft = true;
      leave(handle);
      handle = undefined;
    },
  };
}
