import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../errors.ts';
import type { Events } from '../../events.ts';
import type { StoreStatus } from '../types.ts';
import { MAX_RUNNING, openPool } from './connection.ts';
import { classifyDatabaseError, isRepeatable } from './errors.ts';
import { watchForgotten } from './forgotten.ts';
import { createGatherer, type Waiting } from './gatherer.ts';
import { decodeJson, encodeJson } from './json-text.ts';
import { registerInstance } from './lease.ts';
import { type Listener, startListener } from './listener.ts';
import { type Operation, WEBHOOK_OPERATIONS } from './schema/functions-run.ts';
import { migrateSchema } from './schema/migrate.ts';

/** An operation of `run` in the database: its name, the time of the call, and its own parameters. */
interface Item {
  op: Operation;
  now: number;
  [parameter: string]: unknown;
}

/** Interval of lease checks and of reconnection attempts, ms. */
const CHECK_MS = 500;
/** Attempts of a statement that loses against another one (deadlock). */
const MAX_ATTEMPTS = 6;
/** Maximum pause before the second attempt, ms; it grows with each. */
const RETRY_PAUSE_MS = 20;

export type Database = Awaited<ReturnType<typeof openStoreDatabase>>;

/**
 * Opens the database: migrates the schema and registers this instance. Operations of one event-loop tick are one statement.
 * An unavailable database is tried again twice a second.
 * @throws a sentence for the operator when the database can't be used
 */
export async function openStoreDatabase(options: {
  url: string;
  /** An address with sessions, on which deletions are notified at once; undefined: they are only polled. */
  listenUrl: string | undefined;
  schema: string;
  events: Events;
  now: () => number;
}) {
  const { events, now } = options;
  const connection = openPool(options.url);
  const schema = connection.escape(options.schema);
  const forgotten = watchForgotten(connection, schema);
  const lease = await withVariableName('DATABASE_URL', open());
  const listener = options.listenUrl ? await withVariableName('DATABASE_LISTEN_URL', listen(options.listenUrl)) : null;
  let status: StoreStatus = 'ok';
  let closing: Promise<void> | undefined;
  let isChecking = false;
  const gatherer = createGatherer<Item>({
    maxRunning: MAX_RUNNING,
    isUrgent: ({ op }) => WEBHOOK_OPERATIONS.has(op),
    run: runBatch,
  });
  const timer = setInterval(() => void check(), CHECK_MS).unref();

  async function open() {
    await connection.withClient((client) => migrateSchema(client, options.schema));
    const registered = await registerInstance(connection, schema);
    await registered.removeOthers();
    return registered;
  }

  function listen(url: string): Promise<Listener> {
    // A deletion that is not found now is found by the next poll.
    const onNotify = () => void forgotten.poll().catch(() => undefined);
    return startListener({ url, channel: `${options.schema}.forgotten`, onNotify });
  }

  /** Names the variable in an error, and disconnects. */
  async function withVariableName<T>(variable: string, opening: Promise<T>): Promise<T> {
    try {
      return await opening;
    } catch (error) {
      await connection.close();
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new Error(`${variable} tidak dapat dipakai: ${reason}`, { cause: error });
    }
  }

  /** Records a failure and returns the error for the caller. The first failure is emitted, and rejects all operations that wait. */
  function recordFailure(operation: string, error: unknown): unknown {
    const problem = classifyDatabaseError(error);
    if (!problem) return error;
    const unavailable = new StoreUnavailable(error);
    // A lock concerns only the operations of its statement.
    if (problem === 'locked' || status === problem || status === 'closed') return unavailable;
    status = problem;
    events.emit({ type: 'store.failed', operation, code: problem });
    gatherer.rejectWaiting(unavailable);
    return unavailable;
  }

  /** Renews a due lease, also after an outage of the database, and releases the conversations of expired instances. */
  async function check(): Promise<void> {
    if (isChecking || closing) return;
    isChecking = true;
    try {
      if (status !== 'ok' || lease.isRenewalDue()) {
        await lease.renew(status !== 'ok');
        await forgotten.poll();
        listener?.ensureConnected();
      }
      if (status !== 'ok' && !closing) {
        status = 'ok';
        events.emit({ type: 'store.recovered' });
      }
      await lease.removeOthers();
    } catch (error) {
      const failure = recordFailure('renew', error);
      if (!(failure instanceof StoreUnavailable))
        events.emit({ type: 'store.failed', operation: 'renew', code: 'unknown' });
    } finally {
      isChecking = false;
    }
  }

  async function execute(items: readonly Item[], isLong: boolean): Promise<unknown[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const values = [lease.id(), encodeJson(items)];
        const results = await connection.query(`SELECT ${schema}.run($1, $2)::text AS result`, values, isLong);
        return decodeJson<unknown[]>(String(results));
      } catch (error) {
        if (!isRepeatable(error) || attempt === MAX_ATTEMPTS) throw error;
        await sleep(Math.random() * RETRY_PAUSE_MS * attempt);
      }
    }
  }

  /** Runs operations together; if one of them fails, each on its own, so that it does not fail the others. */
  async function runBatch(batch: Waiting<Item>[]): Promise<void> {
    const isUnavailable = () => status !== 'ok' && status !== 'closed';
    if (isUnavailable()) {
      for (const { reject } of batch) reject(new StoreUnavailable(new Error(status)));
      return;
    }
    try {
      const results = await execute(
        batch.map(({ item }) => item),
        false,
      );
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]);
    } catch (error) {
      const failure = recordFailure(batch[0]?.item.op ?? 'run', error);
      if (batch.length === 1 || (failure instanceof StoreUnavailable && isUnavailable())) {
        for (const { reject } of batch) reject(failure);
        return;
      }
      for (const waiting of batch) await runBatch([waiting]);
    }
  }

  const refuseIfUnavailable = () => {
    if (status !== 'ok') throw new StoreUnavailable(new Error(status));
  };

  async function run<Result>(op: Operation, parameters: object): Promise<Result> {
    refuseIfUnavailable();
    return await gatherer.add<Result>({ ...parameters, op, now: now() });
  }

  return {
    run,

    /** Runs each item: the form of a Batch operation. `convert` turns a result of the database into one of the store. */
    runEach: <Entry, Raw, Result>(
      op: Operation,
      entries: readonly Entry[],
      toParameters: (entry: Entry) => object,
      convert: (raw: Raw, entry: Entry) => Result,
    ): Promise<Result>[] => entries.map(async (entry) => convert(await run<Raw>(op, toParameters(entry)), entry)),

    /** Runs an operation that may take long in a separate statement. */
    async runAlone<Result>(op: Operation, parameters: object): Promise<Result> {
      refuseIfUnavailable();
      try {
        const [result] = await execute([{ ...parameters, op, now: now() }], true);
        return result as Result;
      } catch (error) {
        throw recordFailure(op, error);
      }
    },

    /** Whether this instance still has this number and a valid lease. If so, no other instance owns its conversations. */
    holdsLease: (instance: number | undefined): boolean => instance === lease.id() && lease.isValid(),
    status: () => status,
    onForget: forgotten.onForget,

    /** Runs the operations that were requested before, frees the conversations of this instance and disconnects. */
    close(): Promise<void> {
      closing ??= (async () => {
        clearInterval(timer);
        const wasAvailable = status === 'ok';
        status = 'closed';
        await gatherer.drain();
        // An unavailable database frees them when the lease has ended.
        if (wasAvailable) await lease.end().catch(() => undefined);
        await Promise.all([connection.close(), listener?.close()]);
      })();
      return closing;
    },
  };
}
