import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Agent, Dispatcher } from 'undici';
import { loadedOnce } from './loaded-once.ts';

/** One answer, read whole. Header names are in lower case. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer | OneTimeBody | null;
  signal?: AbortSignal | null;
}

/**
 * A body that is let go when it is on the wire: a request may wait for its answer long after, and the HTTP client keeps the
 * body as long as the request. It can be sent once.
 */
export class OneTimeBody implements Iterable<Buffer> {
  readonly bytes: number;
  #body: Buffer | null;

  constructor(body: Buffer) {
    this.bytes = body.length;
    this.#body = body;
  }

  /** @throws where it was sent before */
  [Symbol.iterator](): Iterator<Buffer> {
    const body = this.#body;
    if (!body) throw new Error('this body was sent before');
    this.#body = null;
    return [body].values();
  }
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

/** What the SDKs read of a `Response`, over an answer that is here already: a real one would be a stream of it. */
class WholeResponse {
  readonly status: number;
  readonly statusText = '';
  readonly headers: AnswerHeaders;
  readonly #text: string;

  constructor({ status, headers, text }: HttpAnswer) {
    this.status = status;
    this.headers = new AnswerHeaders(Object.entries(headers));
    this.#text = text;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    return this.#text;
  }

  /** @throws SyntaxError */
  async json(): Promise<unknown> {
    return JSON.parse(this.#text);
  }
}

/** Header values by name, in whatever case it is asked for; null where there is none, as in `Headers`. */
class AnswerHeaders extends Map<string, string> {
  override get(name: string): string {
    // An SDK tests for null; Map's own type knows undefined only.
    return super.get(name.toLowerCase()) ?? (null as unknown as string);
  }
}

/** An HTTP client over undici, which is loaded with the first call: the service must be up at once. */
export function createHttp(options: {
  /** Connections to one origin at most. */
  connections: number;
  /** Bytes of one answer at most (none: unbounded). */
  mostBytes?: number;
  /** Whether answers may come packed. */
  packed?: boolean;
}): Http {
  let opened: Agent | undefined;
  let isClosed = false;
  const agent = loadedOnce(async () => {
    const { Agent } = await import('undici');
    opened = new Agent({
      connections: options.connections,
      keepAliveTimeout: 10_000,
      maxResponseSize: options.mostBytes ?? -1,
    });
    if (isClosed) await opened.destroy();
    return opened;
  });

  async function request(url: string, { method = 'GET', headers = {}, body = null, signal }: HttpRequest) {
    const { origin, pathname, search } = new URL(url);
    const asked = {
      origin,
      path: pathname + search,
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...headers,
        ...(options.packed ? { 'accept-encoding': 'gzip, br, deflate' } : {}),
        ...(body instanceof OneTimeBody ? { 'content-length': String(body.bytes) } : {}),
      },
      // undici takes whatever can be iterated; its types do not say so.
      body: body as string | Buffer | null,
    };
    const answer = await readWhole(await agent(), asked, signal ?? null);
    const unpack = UNPACK[String(answer.headers['content-encoding'] ?? '')];
    const bytes = unpack ? await unpack(answer.bytes) : answer.bytes;
    return { status: answer.status, headers: plain(answer.headers), text: textOf(bytes) };
  }

  return {
    request,
    async fetch(url, { method, headers, body, signal } = {}) {
      const answer = await request(String(url), {
        ...(method ? { method } : {}),
        headers: Object.fromEntries(
          headers instanceof Headers ? headers : new Headers(headers as Record<string, string>),
        ),
        body: (body as string | Buffer | OneTimeBody | null | undefined) ?? null,
        signal: (signal as AbortSignal | null | undefined) ?? null,
      });
      return new WholeResponse(answer) as unknown as Response;
    },
    async warmUp() {
      await agent();
    },
    async close() {
      isClosed = true;
      await opened?.destroy();
    },
  };
}

interface Received {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
}

/** One request through undici, its answer collected as it comes: the stream that `request` makes of it costs more. */
function readWhole(agent: Agent, request: Dispatcher.DispatchOptions, signal: AbortSignal | null): Promise<Received> {
  return new Promise<Received>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let controller: Dispatcher.DispatchController | undefined;
    let received: Omit<Received, 'bytes'> = { status: 0, headers: {} };
    const chunks: Buffer[] = [];
    const giveUp = () => {
      reject(signal?.reason);
      controller?.abort(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    agent.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        if (signal?.aborted) started.abort(signal.reason);
      },
      onResponseStart(_controller, status, headers) {
        // What comes before the answer itself (100 to 199) is none.
        received = { status, headers };
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        signal?.removeEventListener('abort', giveUp);
        const [only] = chunks;
        resolve({ ...received, bytes: only && chunks.length === 1 ? only : Buffer.concat(chunks) });
      },
      onResponseError(_controller, error) {
        signal?.removeEventListener('abort', giveUp);
        reject(error);
      },
    });
  });
}

/** UTF-8 without the mark that some servers begin with. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** What an SDK may read of the headers: how the body came is over by then. */
function plain(headers: Received['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) if (!OF_THE_BODY.has(name)) kept[name] = String(headers[name]);
  return kept;
}

const OF_THE_BODY = new Set(['content-encoding', 'content-length', 'transfer-encoding']);
