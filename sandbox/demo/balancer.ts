import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { fetchHealth } from './health.ts';
import { listenFrom } from './ports.ts';

export interface Balancer {
  url: string;
  close(): Promise<void>;
}

/** Interval of the health checks, ms: an instance that is dead or frozen gets no calls soon. */
const CHECK_INTERVAL_MS = 500;
/** Time for a response, ms: the webhook responds within 2 s; FONNTE repeats a call without a response. */
const RESPONSE_TIMEOUT_MS = 3_000;

/**
 * Forwards requests to the instances in turn, at `port` or the next free port, as a load balancer with health checks does. A
 * request goes to the next instance when the first one refuses the connection.
 */
export async function startBalancer(urls: readonly string[], port: number): Promise<Balancer> {
  const isHealthy = urls.map(() => false);
  let next = 0;
  const checks = new Map<number, Promise<void>>();

  /** Checks each instance on its own: a frozen one does not respond in time. */
  function check(index: number): void {
    if (checks.has(index)) return;
    const result = fetchHealth(urls[index] ?? '').then((health) => {
      isHealthy[index] = health === 'healthy' || health === 'degraded';
      checks.delete(index);
    });
    checks.set(index, result);
  }
  const checkAll = () => urls.forEach((_, index) => void check(index));
  const timer = setInterval(checkAll, CHECK_INTERVAL_MS).unref();

  /** Returns the healthy instances, or all when no instance is known to be healthy, from the next one on. */
  function candidates(): string[] {
    next += 1;
    const order = urls.map((_, offset) => (next + offset) % urls.length);
    const healthy = order.filter((index) => isHealthy[index]);
    return (healthy.length > 0 ? healthy : order).map((index) => urls[index] ?? '');
  }

  const server = createServer((incoming, response) => {
    forward(incoming, response, candidates()).catch(() => {
      if (!response.headersSent) response.writeHead(503);
      response.end();
    });
  });
  const url = `http://127.0.0.1:${await listenFrom(server, port)}`;
  return {
    url,
    async close() {
      clearInterval(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(incoming: IncomingMessage, response: ServerResponse, targets: readonly string[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  for (const target of targets) {
    const answer = await send(new URL(incoming.url ?? '/', target), incoming, body);
    if (!answer) continue;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    return;
  }
  response.writeHead(503).end();
}

/** @returns null when the connection was refused: another instance may get the request @throws when it was lost later */
function send(url: URL, { method, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage | null> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | null>();
  const outgoing = request(url, { method, headers, timeout: RESPONSE_TIMEOUT_MS }, resolve);
  outgoing.once('timeout', () => outgoing.destroy(new Error('no response')));
  outgoing.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') resolve(null);
    else reject(error);
  });
  outgoing.end(body);
  return promise;
}
