import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  body: string;
}

/** A connection unused for longer than this may be closed by the server during a write, ms. */
const IDLE_MS = 3_000;

interface Connection {
  socket: Socket;
  /** The received part of the response. */
  received: string;
  usedAt: number;
  answered: PromiseWithResolvers<Answer> | undefined;
}

/**
 * An HTTP client with minimal CPU cost: writes prepared requests, one at a time per connection, with one connection per
 * open request. Accepts only responses with a Content-Length.
 */
export function createClient(url: string) {
  const { hostname, port } = new URL(url);
  const free: Connection[] = [];
  const all = new Set<Connection>();

  function open(): Connection {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1');
    const connection: Connection = { socket, received: '', usedAt: 0, answered: undefined };
    const close = (error?: Error) => {
      all.delete(connection);
      connection.answered?.reject(error ?? new Error('the server closed the connection instead of answering'));
      connection.answered = undefined;
    };
    socket.on('data', (text) => receive(connection, text as unknown as string));
    socket.on('error', close).on('close', () => close());
    all.add(connection);
    return connection;
  }

  function receive(connection: Connection, text: string) {
    connection.received = connection.received === '' ? text : connection.received + text;
    const answer = read(connection.received);
    if (!answer) return;
    connection.received = '';
    const { answered } = connection;
    connection.answered = undefined;
    connection.usedAt = performance.now();
    free.push(connection);
    answered?.resolve(answer);
  }

  function take(): Connection {
    for (let connection = free.pop(); connection; connection = free.pop()) {
      if (all.has(connection) && performance.now() - connection.usedAt < IDLE_MS) return connection;
      connection.socket.destroy();
    }
    return open();
  }

  return {
    host: `${hostname}:${port}`,
    /** Sends a prepared request. @throws if the connection breaks */
    send(request: string): Promise<Answer> {
      const connection = take();
      connection.answered = Promise.withResolvers<Answer>();
      connection.socket.write(request, 'latin1');
      return connection.answered.promise;
    },
    close() {
      for (const { socket } of all) socket.destroy();
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/** @returns the response if it is complete */
function read(received: string): Answer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.slice(0, end).toLowerCase();
  const at = head.indexOf('\r\ncontent-length: ');
  if (at < 0) throw new Error(`an answer without content-length: ${head}`);
  const length = Number.parseInt(head.slice(at + 18), 10);
  if (received.length < end + 4 + length) return undefined;
  return { status: Number(head.slice(9, 12)), body: received.slice(end + 4) };
}
