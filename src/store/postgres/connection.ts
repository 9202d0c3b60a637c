import pg from 'pg';
import { type ConnectionOptions, parseDatabaseUrl } from './connection-options.ts';

/** Statements that run at the same time: enough because every statement carries the operations of many turns. */
export const MAX_RUNNING = 6;
/** Further connections: for the lease, and for lists and deletion. */
const FURTHER_CONNECTIONS = 2;
/** Time to open a connection, ms: the webhook must respond within 2 s. */
const CONNECT_TIMEOUT_MS = 1_000;
/** Time for a statement that a webhook call waits for, ms. */
const STATEMENT_TIMEOUT_MS = 1_000;
/** Time for a statement that no webhook call waits for (lists, deletion), ms. */
const LONG_STATEMENT_TIMEOUT_MS = 10_000;

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
  pool.on('error', () => undefined);

  return {
    /** Runs a statement whose first row has one column, `result`, and resolves with its value. */
    async query(text: string, values: unknown[], isLong = false): Promise<unknown> {
      const config: pg.QueryConfig & { query_timeout: number } = {
        text,
        values,
        query_timeout: isLong ? LONG_STATEMENT_TIMEOUT_MS : STATEMENT_TIMEOUT_MS,
      };
      const { rows } = await pool.query<{ result: unknown }>(config);
      return rows[0]?.result ?? null;
    },

    /** Runs several statements on one connection. */
    async withClient<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
      const client = await pool.connect();
      try {
        return await run(client);
      } finally {
        client.release();
      }
    },

    escape: (schema: string): string => pg.escapeIdentifier(schema),
    close: (): Promise<void> => pool.end(),
  };
}
