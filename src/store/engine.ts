import type { StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailable } from '../errors.ts';
import type { Events } from '../events.ts';
import { troubleOf } from './sqlite-condition.ts';
import { FileMoved, identityOf, isSound, logOf, openDatabase, openFolder } from './sqlite-file.ts';
import { createLogSync, type Datasync } from './sqlite-sync.ts';
import type { StoreCondition } from './store.ts';

/** A transaction under way: prepared statements by their text, and what is to be undone in memory if it fails. */
export interface Transaction {
  sql(text: string): StatementSync;
  onRollback(undo: () => void): void;
}

export interface Engine {
  /** @throws StoreUnavailable */
  read<T>(operation: string, run: (sql: (text: string) => StatementSync) => T): T;
  /**
   * Runs `run` in the transaction of this tick of the event loop, together with every other write of the tick;
   * resolves when it is on disk. `run` may be run twice, so it must have no effect outside the transaction.
   * `survives: 'kill'`: resolves when it is committed, which outlives this process, but not the machine's power, until
   * the next write is on disk, and this one with it. While the store is ill it waits for the disk like any other.
   */
  write<T>(operation: string, run: (transaction: Transaction) => T, survives?: Survives): Promise<T>;
  /** Resolves when whatever `read` shows now is on disk. @throws StoreUnavailable */
  synced(): Promise<void>;
  /**
   * Gives freed pages back to the disk and empties the write-ahead log; does nothing where nothing was written since.
   * `thoroughly`: every page is written anew, because `secure_delete` overwrites what is deleted, but not the copies that
   * SQLite leaves in a page when it moves rows about. That blocks for some 7 ms a MB; a file over 64 MB is spared it.
   * What can't be done now is done by the next call.
   */
  compact(thoroughly?: boolean): void;
  /** Calls `listener` when the engine had to open the file anew, which may then hold something else. */
  onReopened(listener: (sql: Transaction['sql']) => void): void;
  condition(): StoreCondition;
  /** Commits what was asked for before, then lets go of the folder. */
  close(): Promise<void>;
}

/** What a write must survive before it counts: the end of this process, or of the machine's power too. */
export type Survives = 'kill' | 'power-loss';

interface Write {
  operation: string;
  survives: Survives;
  /** How often it met somebody else's lock. */
  lockedOut: number;
  run(transaction: Transaction): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A write waits about a second for somebody else's lock: so many tries, so many ms apart. */
const LOCK_TRIES = 40;
const LOCK_RETRY_MS = 25;
/** After a flush of so many writes the next one waits until so many ms have passed: a commit costs the same for one as for ten. */
const BUSY_WRITES = 2;
const GATHER_MS = 2;
/** How often a broken store is tried again, in ms; a damaged file, which has to be read whole for it, ever more rarely. */
const PROBE_MS = 1_000;
const SLOWEST_PROBE_MS = 60_000;
/** Most pages (4 KiB) that one compaction gives back, because it holds up the event loop. */
const PAGES_GIVEN_BACK = 2_000;
/** Largest file that is written anew at once, in pages; its copy is held in memory meanwhile. */
const PAGES_REWRITTEN = 16_384;

/**
 * The embedded engine under `directory`: SQLite in WAL mode, every commit on disk before its promise resolves (but where
 * it need survive a kill only). Disks are waited for off the event loop, and what is written meanwhile is the next transaction.
 * A file that is no sound database is set aside (never deleted) and a new one begun.
 * @throws where the folder can't be used, or another process holds the store.
 */
export function openEngine(directory: string, events: Events, datasync?: Datasync): Engine {
  const { file, ...held } = openFolder(directory, events);
  let database = held.database;
  let isInPlace = identityOf(file);
  const log = createLogSync(logOf(file), datasync);
  let statements = new Map<string, StatementSync>();
  let condition: StoreCondition = 'ok';
  let queue: Write[] = [];
  let scheduled = false;
  let isSyncing = false;
  let lastFlush = { at: 0, writes: 0 };
  /** What is to be done until no deleted text is in any file. */
  let owed: 'nothing' | 'compacting' | 'rewriting' = 'compacting';
  let probe: NodeJS.Timeout | undefined;
  let probeDelay = PROBE_MS;
  let closing: Promise<void> | undefined;
  const reopenedListeners: ((sql: Transaction['sql']) => void)[] = [];

  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };

  /** A closed store and a damaged file are not touched: writing to the latter would damage it more. */
  const refuseIfUseless = () => {
    if (condition === 'closed' || condition === 'corrupt') throw new StoreUnavailable(new Error(condition));
  };

  /** What a caller is told of an error; told to the listeners once, until the store has recovered or fails otherwise. */
  const failed = (operation: string, error: unknown): unknown => {
    const trouble = troubleOf(error);
    if (!trouble) return error;
    if (condition !== trouble && condition !== 'closed') {
      condition = trouble;
      events.emit({ type: 'store.failed', operation, code: trouble });
      if (!probe) probeIn(PROBE_MS);
    }
    return new StoreUnavailable(error);
  };

  const recovered = () => {
    if (condition === 'ok' || condition === 'closed') return;
    condition = 'ok';
    clearTimeout(probe);
    probe = undefined;
    events.emit({ type: 'store.recovered' });
  };

  const probeIn = (ms: number) => {
    probeDelay = ms;
    probe = setTimeout(tryAgain, ms).unref();
  };

  /** A broken store is asked for one small durable write; where its handle itself may be useless, through a new one. */
  function tryAgain() {
    try {
      if (condition === 'corrupt' && !isSound(file, 0)) return probeIn(Math.min(probeDelay * 2, SLOWEST_PROBE_MS));
      if (condition === 'corrupt' || condition === 'failed') reopen();
      transact([PROBE_WRITE]);
      log.syncNow();
      recovered();
    } catch {
      probeIn(PROBE_MS);
    }
  }

  function reopen() {
    const former = database;
    database = openDatabase(file, 0, events);
    isInPlace = identityOf(file);
    log.reopen();
    statements = new Map();
    try {
      for (const listener of reopenedListeners) listener(sql);
    } finally {
      former.close();
    }
  }

  /** Runs the writes as one transaction: all or nothing. @throws the first error, after undoing everything. */
  function transact(writes: readonly Write[]): unknown[] {
    const undos: (() => void)[] = [];
    const transaction: Transaction = { sql, onRollback: (undo) => undos.push(undo) };
    sql('BEGIN IMMEDIATE').run();
    try {
      const results = writes.map((write) => write.run(transaction));
      sql('COMMIT').run();
      if (owed === 'nothing') owed = 'compacting';
      return results;
    } catch (error) {
      for (const undo of undos.reverse()) undo();
      if (database.isTransaction) sql('ROLLBACK').run();
      throw error;
    }
  }

  /**
   * The next flush: in this tick; where the disk is being waited for, after that, because what is written meanwhile would
   * have to wait for it too; and under load not before others could join. What need not be synced waits for no disk.
   */
  function schedule() {
    if (scheduled || queue.length === 0) return;
    if (isSyncing && queue.every(({ survives }) => survives === 'power-loss')) return;
    scheduled = true;
    const gatherMs = lastFlush.writes < BUSY_WRITES ? 0 : lastFlush.at + GATHER_MS - performance.now();
    if (gatherMs > 0) setTimeout(flush, gatherMs);
    else setImmediate(flush);
  }

  function flush() {
    scheduled = false;
    const writes = queue;
    queue = [];
    if (writes.length === 0) return;
    lastFlush = { at: performance.now(), writes: writes.length };
    try {
      commit(writes);
    } catch {
      oneByOne(writes);
    }
  }

  /** @throws the first error, nothing of the writes being kept. */
  function commit(writes: readonly Write[]) {
    refuseIfUseless();
    if (!isInPlace()) throw new FileMoved();
    const results = transact(writes);
    const unsynced: [Write, unknown][] = [];
    for (const [index, write] of writes.entries()) {
      if (write.survives === 'kill' && condition === 'ok') write.resolve(results[index]);
      else unsynced.push([write, results[index]]);
    }
    if (unsynced.length > 0) resolveWhenSynced(unsynced);
  }

  /** What is committed and can't be brought to the disk is refused: whoever asks again finds it there, or doesn't. */
  function resolveWhenSynced(committed: readonly [Write, unknown][]) {
    isSyncing = true;
    const isOver = () => {
      isSyncing = false;
      schedule();
    };
    log.synced().then(
      () => {
        recovered();
        for (const [write, result] of committed) write.resolve(result);
        isOver();
      },
      (error: unknown) => {
        for (const [write] of committed) write.reject(failed(write.operation, error));
        isOver();
      },
    );
  }

  /** One bad write must not fail its neighbours; one that finds the store locked or broken speaks for the rest. */
  function oneByOne(writes: readonly Write[]) {
    for (const [index, write] of writes.entries()) {
      try {
        commit([write]);
      } catch (error) {
        if (troubleOf(error) === 'locked') return waitForLock(writes.slice(index), error);
        const told = failed(write.operation, error);
        write.reject(told);
        if (told instanceof StoreUnavailable) return rejectAll(writes.slice(index + 1), told);
      }
    }
  }

  function waitForLock(writes: readonly Write[], error: unknown) {
    for (const write of writes) write.lockedOut += 1;
    const impatient = writes.filter((write) => write.lockedOut >= LOCK_TRIES);
    if (impatient[0]) rejectAll(impatient, failed(impatient[0].operation, error));
    queue = [...writes.filter((write) => write.lockedOut < LOCK_TRIES), ...queue];
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    setTimeout(flush, LOCK_RETRY_MS);
  }

  function compactNow() {
    try {
      const pages = Number(sql('PRAGMA page_count').get()?.page_count);
      const rewrites = owed === 'rewriting' && pages <= PAGES_REWRITTEN;
      database.exec(rewrites ? 'VACUUM' : `PRAGMA incremental_vacuum(${PAGES_GIVEN_BACK})`);
      if (sql('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0) owed = 'nothing';
    } catch (error) {
      // Somebody else's lock, or no room for a second copy, is no trouble of the store.
      const trouble = troubleOf(error);
      if (trouble === 'locked' || trouble === 'full') return;
      const told = failed('compact', error);
      if (!(told instanceof StoreUnavailable)) throw told;
    }
  }

  async function drainAndClose() {
    flush();
    while (queue.length > 0) await delay(LOCK_RETRY_MS);
    // Whoever waits for it is told of a disk that refuses; a store that closes has nothing to add.
    await log.synced().catch(() => undefined);
    condition = 'closed';
    clearTimeout(probe);
    try {
      log.reopen();
      database.close();
    } finally {
      held.release();
    }
  }

  return {
    read(operation, run) {
      refuseIfUseless();
      try {
        return run(sql);
      } catch (error) {
        throw failed(operation, error);
      }
    },
    write<T>(operation: string, run: (transaction: Transaction) => T, survives: Survives = 'power-loss'): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ operation, survives, lockedOut: 0, run, resolve: resolve as (value: unknown) => void, reject });
        schedule();
      });
    },
    async synced() {
      try {
        await log.synced();
      } catch (error) {
        throw failed('sync', error);
      }
    },
    compact(thoroughly = false) {
      if (thoroughly) owed = 'rewriting';
      if (owed !== 'nothing' && condition === 'ok') compactNow();
    },
    onReopened(listener) {
      reopenedListeners.push(listener);
    },
    condition: () => condition,
    close() {
      closing ??= drainAndClose();
      return closing;
    },
  };
}

const PROBE_WRITE: Write = {
  operation: 'probe',
  survives: 'power-loss',
  lockedOut: 0,
  run: ({ sql }) => {
    sql("INSERT OR REPLACE INTO remembered (key, expires_at) VALUES ('probe', 0)").run();
  },
  resolve: () => {},
  reject: () => {},
};

function rejectAll(writes: readonly Write[], error: unknown) {
  for (const write of writes) write.reject(error);
}
