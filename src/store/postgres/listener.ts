import pg from 'pg';
import { buildClientConfig } from './connection.ts';

export type Listener = Awaited<ReturnType<typeof startListener>>;

/**
 * Listens on a channel of PostgreSQL with a separate connection. `url`: an address whose connections have a session; through
 * a pooler in transaction mode, nothing is received.
 * @throws when the first connection fails
 */
export async function startListener(options: { url: string; channel: string; onNotify(): void }) {
  let client: pg.Client | null = null;
  let isClosed = false;

  async function connect(): Promise<void> {
    const connecting = new pg.Client(buildClientConfig(options.url));
    client = connecting;
    const forget = () => {
      if (client === connecting) client = null;
    };
    // A lost connection is replaced by `ensureConnected`; an attempt that fails rejects `connect`.
    connecting.on('error', forget).on('end', forget).on('notification', options.onNotify);
    try {
      await connecting.connect();
      await connecting.query(`LISTEN ${connecting.escapeIdentifier(options.channel)}`);
    } catch (error) {
      forget();
      throw error;
    }
  }

  await connect();
  return {
    /** Connects again if the connection was lost. A failure is tried again by the next call. */
    ensureConnected(): void {
      if (!client && !isClosed) connect().catch(() => undefined);
    },

    async close(): Promise<void> {
      isClosed = true;
      await client?.end();
    },
  };
}
