import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** Consecutive ports to try before the error is reported. */
const MAX_ATTEMPTS = 100;

/** Listens on 127.0.0.1 at `first` or the next free port; 0 selects any port. @returns the port */
export async function listenFrom(server: Server, first: number): Promise<number> {
  for (let port = first; ; port += 1) {
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port >= first + MAX_ATTEMPTS) throw error;
    }
  }
}

/** Finds a port without listener on 127.0.0.1: `first` or the next free port. */
export async function findFreePort(first: number): Promise<number> {
  const probe = createServer();
  const port = await listenFrom(probe, first);
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Picks a start port below the ephemeral range, so that the system does not assign it to another process. */
export function randomPort(): number {
  return 12_000 + Math.floor(Math.random() * 7_000);
}
