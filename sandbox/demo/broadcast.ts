import type { ServerResponse } from 'node:http';

/** A comment so often, ms: a connection that nobody uses is closed by whoever stands between. */
const HEARTBEAT_MS = 15_000;

/** Server-sent events to every page that is open. */
export class Broadcast {
  readonly #pages = new Set<ServerResponse>();
  readonly #heartbeat = setInterval(() => this.#write(': ada\n\n'), HEARTBEAT_MS).unref();

  /** How many pages are open. */
  get pages(): number {
    return this.#pages.size;
  }

  /** Makes a response a stream that begins with `state`. */
  open(response: ServerResponse, state: unknown): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    response.write(`retry: 1000\n${eventText('state', state)}`);
    this.#pages.add(response);
    response.once('close', () => this.#pages.delete(response));
  }

  tell(event: string, data: unknown): void {
    this.#write(eventText(event, data));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const page of this.#pages) page.end();
  }

  #write(text: string): void {
    for (const page of this.#pages) page.write(text);
  }
}

function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
