import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy to PostgreSQL that records the statements of its clients. */
export interface StatementRecorder {
  port: number;
  /** The statements so far: their text, and their name if they have one. */
  statements: { name: string; text: string }[];
  close(): void;
}

/** Starts the proxy to the Unix socket of a server. */
export async function startStatementRecorder(target: string): Promise<StatementRecorder> {
  const statements: StatementRecorder['statements'] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(target);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
    const read = createReader((name, text) => statements.push({ name, text }));
    client.on('data', (bytes: Buffer) => {
      read(bytes);
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => client.write(bytes));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    statements,
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Reads the messages of a client and reports each Parse message. The first message of a connection has no type.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
function createReader(onParse: (name: string, text: string) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let typeBytes = 0;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= typeBytes + 4) {
      const end = typeBytes + rest.readUInt32BE(typeBytes);
      if (rest.length < end) return;
      if (typeBytes === 1 && rest[0] === 'P'.charCodeAt(0)) {
        const [name = '', text = ''] = rest.toString('utf8', 5, end).split('\0');
        onParse(name, text);
      }
      rest = rest.subarray(end);
      typeBytes = 1;
    }
  };
}
