import pg from 'pg';
import { createTimeLimit } from '../../time/time-limit.ts';
import { type ConnectionOptions, parseDatabaseUrl } from './connection-options.ts';

/** Statements that run at the same time: enough because every statement carries the operations of many turns. */
export const MAX_RUNNING = 6;
/** Further connections: for the lease, and for lists and deletion. */
const FURTHER_CONNECTIONS = 2;
/** Time for a statement that a webhook call waits for, and for its connection, ms: the webhook must respond within 2 s. */
const STATEMENT_TIMEOUT_MS = 1_500;
/** Time for a statement that no webhook call waits for (lists, deletion), ms. */
const LONG_STATEMENT_TIMEOUT_MS = 10_000;
/**
 * Time to open a connection, ms. Longer than that of a statement: a connection that a busy server opens late serves the
 * next one. Those that are never opened must not fill the pool for long.
 */
const CONNECT_TIMEOUT_MS = 3_000;

export type Connection = ReturnType<typeof openPool>;

/** Builds the settings of a connection. @throws a sentence for the operator */
export function buildClientConfig(databaseUrl: string): ConnectionOptions & pg.ClientConfig {
  return {
    ...parseDatabaseUrl(databaseUrl),
    application_name: 'sapa-whatsapp',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  };
}

/**
 * Opens the connections to the database. No statement has a name, so a pooler in transaction mode can be between us and the
 * database. Methods reject with PostgreSQL's errors, or with an error without `code` when there is no response in time.
 */
export function openPool(databaseUrl: string) {
  const pool = new pg.Pool({
    ...buildClientConfig(databaseUrl),
    max: MAX_RUNNING + FURTHER_CONNECTIONS,
    // A process that only waits for its connections to become idle may exit.
    allowExitOnIdle: true,
  });
  // The pool replaces an idle connection that failed; the next statement shows whether the database is available.
  pool.on('error', ignore);

  /** Runs statements on one connection, which is closed after an error other than that of a statement. */
  async function withClient<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let isUsable = false;
    // A statement on a lost connection rejects as well.
    client.on('error', ignore);
    try {
      const result = await run(client);
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = error instanceof pg.DatabaseError && error.severity === 'ERROR';
      throw error;
    } finally {
      client.release(!isUsable);
      client.off('error', ignore);
    }
  }

  return {
    /** Runs a statement whose first row has one column, `result`, and resolves with its value. */
    async query(text: string, values: unknown[], isLong = false): Promise<unknown> {
      const timeoutMs = isLong ? LONG_STATEMENT_TIMEOUT_MS : STATEMENT_TIMEOUT_MS;
      let isLate = false;
      let used: pg.PoolClient | undefined;
      const limit = createTimeLimit(timeoutMs, () => {
        isLate = true;
        // Ends the connection at once, because it waits for a response.
        void used?.end();
        return new Error(`no response within ${timeoutMs} ms`);
      });
      const running = withClient(async (client) => {
        if (isLate) return null;
        used = client;
        const { rows } = await client.query<{ result: unknown }>(text, values);
        return rows[0]?.result ?? null;
      });
      return await limit(running);
    },

    withClient,
    escape: (schema: string): string => pg.escapeIdentifier(schema),
    close: (): Promise<void> => pool.end(),
  };
}

function ignore(): void {}
