import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { toForm } from './fonnte-payload.ts';

export interface DeliverOptions {
  /** Sends a form instead of JSON. */
  form?: boolean;
  headers?: Record<string, string>;
  /** Maximum number of retries after a response other than 200 (default 15). */
  retries?: number;
  /** Default 60,000. */
  retryEveryMs?: number;
  /** Default 10,000. */
  timeoutMs?: number;
}

/** The response of each attempt; 0 and null if there was no response. */
export interface Delivery {
  statuses: number[];
  bodies: unknown[];
}

/** The calling side of FONNTE: delivers to a webhook and retries until the response is 200. */
export class WebhookCaller {
  readonly #agent = new Agent({ connections: 256 });
  readonly #closing = new AbortController();

  /** Delivers a payload with retries. @throws only if the caller is closed */
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

  /** Aborts every request and every wait for the next attempt. */
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
