import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback that can stop forwarding without closing a connection, as a network does. */
export interface TcpProxy {
  port: number;
  /** Number of accepted connections. */
  accepted(): number;
  /** Resolves when all connections accepted until now are closed. */
  allClosed(): Promise<void>;
  /** Stops forwarding on all open connections, in both directions, without closing them. New connections are forwarded. */
  stallOpenConnections(): void;
  /** Stops forwarding on each connection after this number of bytes from its client. */
  stallAfter(bytes: number): void;
  /** Resolves when a connection was stalled by `stallAfter`. */
  stalled(): Promise<void>;
  /** Resumes forwarding on all connections without loss. */
  resume(): void;
  /** Closes the proxy and all connections. */
  close(): void;
}

/** Starts a proxy to a port on 127.0.0.1, or to a Unix socket. */
export async function startTcpProxy(target: number | string): Promise<TcpProxy> {
  const open = new Set<Connection>();
  let accepted = 0;
  let limit = Number.POSITIVE_INFINITY;
  let stalled = Promise.withResolvers<void>();
  const server = createServer((client) => {
    accepted += 1;
    const connection = forward(client, typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target));
    open.add(connection);
    void connection.closed.then(() => open.delete(connection));
    let bytes = 0;
    client.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes < limit) return;
      connection.stall();
      stalled.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    async allClosed() {
      await Promise.all([...open].map(({ closed }) => closed));
    },
    stallOpenConnections() {
      for (const connection of open) connection.stall();
    },
    stallAfter(bytes) {
      limit = bytes;
      stalled = Promise.withResolvers<void>();
    },
    stalled: () => stalled.promise,
    resume() {
      limit = Number.POSITIVE_INFINITY;
      for (const connection of open) connection.resume();
    },
    close() {
      server.close();
      for (const connection of open) connection.destroy();
    },
  };
}

interface Connection {
  stall(): void;
  resume(): void;
  destroy(): void;
  /** Resolves when the client's side is closed. */
  closed: Promise<void>;
}

function forward(client: Socket, target: Socket): Connection {
  let isStalled = false;
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  for (const [from, to] of [
    [client, target],
    [target, client],
  ] as const) {
    from.on('error', () => undefined);
    from.on('data', (chunk) => {
      to.write(chunk);
    });
    from.on('close', () => {
      if (!isStalled) to.end();
    });
  }
  return {
    stall() {
      isStalled = true;
      // Do not read the sockets: their buffers fill, as with an unreachable peer.
      client.pause();
      target.pause();
    },
    resume() {
      isStalled = false;
      client.resume();
      target.resume();
    },
    destroy() {
      client.destroy();
      target.destroy();
    },
    closed,
  };
}
