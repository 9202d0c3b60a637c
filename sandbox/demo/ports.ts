import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** How many ports in a row are tried before giving up. */
const TRIES = 100;

/** Makes a server listen on 127.0.0.1 at `first`, or the next port that is free; 0 takes any. Resolves to the port. */
export async function listenFrom(server: Server, first: number): Promise<number> {
  for (let port = first; ; port += 1) {
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port >= first + TRIES) throw error;
    }
  }
}

/** A port on 127.0.0.1 that nobody listens on: `first`, or the next one that is free. */
export async function freePort(first: number): Promise<number> {
  const probe = createServer();
  const port = await listenFrom(probe, first);
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Where to look for a port that nobody else asks for by number, below the range that systems hand out themselves. */
export function anyPort(): number {
  return 12_000 + Math.floor(Math.random() * 7_000);
}
