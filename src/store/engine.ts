import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StoreUnavailable } from '../errors.ts';
import type { Events } from '../events.ts';
import { schema } from './schema.ts';
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
   */
  write<T>(operation: string, run: (transaction: Transaction) => T): Promise<T>;
  /** Gives freed pages back to the disk and empties the write-ahead log, so that deleted text is in no file. */
  compact(): void;
  condition(): StoreCondition;
  close(): Promise<void>;
}

interface Write {
  operation: string;
  run(transaction: Transaction): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const FILE = 'sapa-wa.sqlite';
/** How long writes wait for somebody else's lock, and how often they look, in ms. */
const LOCK_PATIENCE_MS = 1_000;
const LOCK_RETRY_MS = 25;
/** How often a broken store is tried again, in ms. */
const PROBE_MS = 1_000;

/**
 * The embedded engine under `directory`: SQLite in WAL mode, every commit on disk before its promise resolves.
 * A file that is no sound database is set aside (never deleted) and a new one begun.
 * @throws where the folder can't be used, or another process holds the store.
 */
export function openEngine(directory: string, events: Events): Engine {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const releaseLock = holdFolder(directory);
  const file = join(directory, FILE);
  let database = openSound(file, events);
  let statements = new Map<string, StatementSync>();
  let condition: StoreCondition = 'ok';
  let queue: Write[] = [];
  let scheduled = false;
  let lockedSince: number | null = null;
  let probe: NodeJS.Timeout | undefined;

  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };

  const failed = (operation: string, error: unknown): unknown => {
    const cause = conditionOf(error);
    if (!cause) return error;
    if (condition !== 'closed') condition = cause;
    events.emit({ type: 'store.failed', operation, code: cause });
    probe ??= setInterval(tryAgain, PROBE_MS).unref();
    return new StoreUnavailable(error);
  };

  const recovered = () => {
    if (condition === 'ok' || condition === 'closed') return;
    condition = 'ok';
    clearInterval(probe);
    probe = undefined;
    events.emit({ type: 'store.recovered' });
  };

  /** A broken store is asked for one small durable write; where its handle itself is useless, for a new handle first. */
  function tryAgain() {
    try {
      if (condition === 'failed' || condition === 'corrupt') reopen();
      transact([PROBE_WRITE]);
      recovered();
    } catch (error) {
      if (!conditionOf(error)) throw error;
    }
  }

  function reopen() {
    const fresh = open(file);
    if (!isSound(fresh)) {
      fresh.close();
      throw Object.assign(new Error('still corrupt'), { errcode: 11 });
    }
    statements = new Map();
    database.close();
    database = fresh;
  }

  /** Runs the writes as one transaction: all or nothing. @throws the first error, after undoing everything. */
  function transact(writes: readonly Write[]): unknown[] {
    const undos: (() => void)[] = [];
    const transaction: Transaction = { sql, onRollback: (undo) => undos.push(undo) };
    sql('BEGIN IMMEDIATE').run();
    try {
      const results = writes.map((write) => write.run(transaction));
      sql('COMMIT').run();
      return results;
    } catch (error) {
      if (database.isTransaction) sql('ROLLBACK').run();
      for (const undo of undos.reverse()) undo();
      throw error;
    }
  }

  function flush() {
    scheduled = false;
    const writes = queue;
    queue = [];
    if (writes.length === 0) return;
    if (condition === 'closed') {
      rejectAll(writes, new StoreUnavailable(new Error('closed')));
      return;
    }
    try {
      const results = transact(writes);
      lockedSince = null;
      recovered();
      for (const [index, write] of writes.entries()) write.resolve(results[index]);
    } catch (error) {
      if (conditionOf(error) === 'locked') waitForLock(writes, error);
      else oneByOne(writes);
    }
  }

  /** One bad write must not fail its neighbours. */
  function oneByOne(writes: Write[]) {
    for (const write of writes) {
      try {
        const [result] = transact([write]);
        write.resolve(result);
      } catch (error) {
        write.reject(failed(write.operation, error));
      }
    }
  }

  function waitForLock(writes: Write[], error: unknown) {
    lockedSince ??= Date.now();
    if (Date.now() - lockedSince > LOCK_PATIENCE_MS) {
      lockedSince = null;
      rejectAll(writes, failed('commit', error));
      return;
    }
    queue = [...writes, ...queue];
    scheduled = true;
    setTimeout(flush, LOCK_RETRY_MS);
  }

  return {
    read(operation, run) {
      try {
        return run(sql);
      } catch (error) {
        throw failed(operation, error);
      }
    },
    write<T>(operation: string, run: (transaction: Transaction) => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ operation, run, resolve: resolve as (value: unknown) => void, reject });
        if (!scheduled) {
          scheduled = true;
          setImmediate(flush);
        }
      });
    },
    compact() {
      try {
        database.exec('PRAGMA incremental_vacuum');
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch (error) {
        const known = failed('compact', error);
        if (!(known instanceof StoreUnavailable)) throw known;
      }
    },
    condition: () => condition,
    async close() {
      if (condition === 'closed') return;
      flush();
      rejectAll(queue, new StoreUnavailable(new Error('closed')));
      queue = [];
      condition = 'closed';
      clearInterval(probe);
      database.close();
      releaseLock();
    },
  };
}

const PROBE_WRITE: Write = {
  operation: 'probe',
  run: ({ sql }) => {
    sql("INSERT OR REPLACE INTO remembered (key, expires_at) VALUES ('probe', 0)").run();
  },
  resolve: () => {},
  reject: () => {},
};

function rejectAll(writes: readonly Write[], error: unknown) {
  for (const write of writes) write.reject(error);
}

/** What an SQLite error says about the store; null for an error that is not about it (a bug of ours). */
function conditionOf(error: unknown): Exclude<StoreCondition, 'ok' | 'closed'> | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && error.code === 'ERR_INVALID_STATE') return 'failed';
  if (!('errcode' in error) || typeof error.errcode !== 'number') return null;
  switch (error.errcode & 0xff) {
    case 13:
      return 'full';
    case 5:
    case 6:
      return 'locked';
    case 11:
    case 26:
      return 'corrupt';
    case 8:
    case 10:
    case 14:
      return 'failed';
    default:
      return null;
  }
}

function open(file: string): DatabaseSync {
  // Created here so that it, and the log files that SQLite makes after its image, are readable by us alone.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file, { timeout: 0 });
  database.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA foreign_keys = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
  `);
  database.exec(schema);
  return database;
}

function isSound(database: DatabaseSync): boolean {
  const row = database.prepare('PRAGMA quick_check(1)').get();
  return row?.quick_check === 'ok';
}

function openSound(file: string, events: Events): DatabaseSync {
  try {
    const database = open(file);
    if (isSound(database)) return database;
    database.close();
  } catch (error) {
    if (conditionOf(error) !== 'corrupt') throw error;
  }
  const aside = `${file}.rusak-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  for (const end of ['', '-wal', '-shm']) if (existsSync(file + end)) renameSync(file + end, aside + end);
  events.emit({ type: 'store.set-aside', file: aside });
  return open(file);
}

/** Keeps a second process out of the folder for as long as this one lives; the system lets go of it when it dies. */
function holdFolder(directory: string): () => void {
  const path = join(directory, 'lock.sqlite');
  closeSync(openSync(path, 'a', 0o600));
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (conditionOf(error) !== 'locked') throw error;
    throw new Error(`DATA_DIR ${directory} sedang dipakai proses lain; hentikan proses itu dahulu.`, { cause: error });
  }
  return () => lock.close();
}
