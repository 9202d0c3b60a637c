import type { ServerResponse } from 'node:http';

/** Open consoles at most: each costs a buffer and a share of every update. */
const MAX_CONNECTIONS = 20;
/** Unsent bytes at which a connection is dropped: several times the first message. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** One server-sent event; every value is one line of JSON. */
export function formatServerSentEvent(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
}

export type Connections = ReturnType<typeof createConnections>;

/** Creates the set of open event streams. Disconnects a client whose unsent bytes exceed MAX_BUFFERED_BYTES. */
export function createConnections() {
  const open = new Set<ServerResponse>();

  function write(response: ServerResponse, text: string): void {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
  }

  return {
    count: () => open.size,
    isFull: () => open.size >= MAX_CONNECTIONS,

    /** Adds a response whose head was written. */
    add(response: ServerResponse, text: string): void {
      open.add(response);
      response.once('close', () => open.delete(response));
      write(response, text);
    },

    send(text: string): void {
      for (const response of open) write(response, text);
    },

    /** Ends every stream; what a client has not read by then is dropped by the shutdown of the server. */
    close(): void {
      for (const response of open) response.end();
    },
  };
}
