import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Agent, Dispatcher } from 'undici';

/** One answer, read whole. Header names are in lower case. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | null;
  signal?: AbortSignal | null;
}

/** Connections to upstreams, kept open between calls. */
export interface Http {
  /** @throws undici's errors, the signal's reason, and where the answer is larger than allowed or can't be unpacked */
  request(url: string, request: HttpRequest): Promise<HttpAnswer>;
  /** The same as `fetch`, for an SDK that takes one: what fetch does beyond that costs more than the call. */
  fetch(
    url: string | URL,
    init?: { method?: string; headers?: unknown; body?: unknown; signal?: unknown },
  ): Promise<Response>;
  /** Loads the client: the first call is then not held up by it. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

const UNPACK: Record<string, (packed: Buffer) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: promisify(inflate),
};
/** Statuses whose answer has no body, not even an empty one. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** An HTTP client over undici, which is loaded with the first call: the service must be up at once. */
export function createHttp(options: {
  /** Connections to one origin at most. */
  connections: number;
  /** Bytes of one answer at most (none: unbounded). */
  mostBytes?: number;
  /** Whether answers may come packed. */
  packed?: boolean;
}): Http {
  let loading: Promise<Agent> | undefined;
  let isClosed = false;
  const load = async () => {
    const { Agent } = await import('undici');
    const agent = new Agent({
      connections: options.connections,
      keepAliveTimeout: 10_000,
      maxResponseSize: options.mostBytes ?? -1,
    });
    if (isClosed) await agent.destroy();
    return agent;
  };
  const agent = () => {
    loading ??= load();
    return loading;
  };

  async function request(url: string, { method = 'GET', headers = {}, body = null, signal }: HttpRequest) {
    const { origin, pathname, search } = new URL(url);
    const answer = await (await agent()).request({
      origin,
      path: pathname + search,
      method: method as Dispatcher.HttpMethod,
      headers: options.packed ? { ...headers, 'accept-encoding': 'gzip, br, deflate' } : headers,
      body,
      signal: signal ?? null,
    });
    const unpack = UNPACK[String(answer.headers['content-encoding'] ?? '')];
    const text = unpack
      ? (await unpack(Buffer.from(await answer.body.arrayBuffer()))).toString('utf8')
      : await answer.body.text();
    return { status: answer.statusCode, headers: plain(answer.headers), text };
  }

  return {
    request,
    async fetch(url, { method, headers, body, signal } = {}) {
      const {
        status,
        headers: answered,
        text,
      } = await request(String(url), {
        ...(method ? { method } : {}),
        headers: Object.fromEntries(new Headers(headers as Headers | undefined)),
        body: (body as string | null | undefined) ?? null,
        signal: (signal as AbortSignal | null | undefined) ?? null,
      });
      return new Response(WITHOUT_BODY.has(status) ? null : text, { status, headers: answered });
    },
    async warmUp() {
      await agent();
    },
    async close() {
      isClosed = true;
      await (await loading)?.destroy();
    },
  };
}

/** What an SDK may read of the headers: how the body came is over by then. */
function plain(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const { 'content-encoding': _, 'content-length': __, 'transfer-encoding': ___, ...rest } = headers;
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
}
