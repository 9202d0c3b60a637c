import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { toForm } from './fonnte-payload.ts';

export interface DeliverOptions {
  /** Urlencoded in place of JSON. */
  form?: boolean;
  headers?: Record<string, string>;
  /** How often a call that was not answered 200 is repeated (default 15). */
  retries?: number;
  /** Default 60,000. */
  retryEveryMs?: number;
  /** Default 10,000. */
  timeoutMs?: number;
}

/** What each try was answered; 0 and null where it ended without an answer. */
export interface Delivery {
  statuses: number[];
  bodies: unknown[];
}

/** FONNTE's calling side: calls a webhook and repeats what was not answered 200. */
export class WebhookCaller {
  readonly #agent = new Agent({ connections: 256 });
  readonly #closing = new AbortController();

  /** Rejects only when it is closed meanwhile. */
  async deliver(url: string, payload: object, options: DeliverOptions): Promise<Delivery> {
    const { retries = 15, retryEveryMs = 60_000 } = options;
    const delivery: Delivery = { statuses: [], bodies: [] };
    for (let attempt = 0; attempt <= retries; attempt += 1) {
      if (attempt > 0) await sleep(retryEveryMs, undefined, { signal: this.#closing.signal });
      const { status, body } = await this.#call(url, payload, options);
      delivery.statuses.push(status);
      delivery.bodies.push(body);
      if (status === 200) break;
    }
    return delivery;
  }

  /** Ends every call and every wait for the next one. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.#agent.destroy();
  }

  async #call(url: string, payload: object, { form, headers, timeoutMs = 10_000 }: DeliverOptions) {
    try {
      const response = await request(url, {
        method: 'POST',
        headers: { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json', ...headers },
        body: form ? toForm(payload) : JSON.stringify(payload),
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.body.text();
      return { status: response.statusCode, body: parseResponseBody(text) };
    } catch (error) {
      if (this.#closing.signal.aborted) throw error;
      return { status: 0, body: null };
    }
  }
}

function parseResponseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
