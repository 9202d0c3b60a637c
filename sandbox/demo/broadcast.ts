import type { ServerResponse } from 'node:http';

/** Interval of heartbeat comments, ms: proxies close idle connections. */
const HEARTBEAT_INTERVAL_MS = 15_000;

/** Sends server-sent events to every open page. */
export class Broadcast {
  readonly #pages = new Set<ServerResponse>();
  readonly #heartbeat = setInterval(() => this.#write(': ada\n\n'), HEARTBEAT_INTERVAL_MS).unref();

  /** Number of open pages. */
  get pages(): number {
    return this.#pages.size;
  }

  /** Turns a response into an event stream that starts with `state`. */
  open(response: ServerResponse, state: unknown): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    response.write(`retry: 1000\n${formatEvent('state', state)}`);
    this.#pages.add(response);
    response.once('close', () => this.#pages.delete(response));
  }

  send(event: string, data: unknown): void {
    this.#write(formatEvent(event, data));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const page of this.#pages) page.end();
  }

  #write(text: string): void {
    for (const page of this.#pages) page.write(text);
  }
}

function formatEvent(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
