import type { LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, Headers, Response, request, fetch as undiciFetch } from 'undici';
import { version } from '../version.ts';

/** The `User-Agent` of every request to an upstream. */
export const USER_AGENT = `sapa-whatsapp/${version}`;

/** Default of `keepAliveMs`: long enough for the requests of one turn, short enough that few connections die unnoticed. */
const DEFAULT_KEEP_ALIVE_MS = 4_000;
/** Longest time to open a connection, TLS included, in ms: two lost SYN packets (1 s, 3 s). Shorter than any call's timeout. */
const CONNECT_TIMEOUT_MS = 4_000;

/** A response body was larger than allowed. Reading stopped at the limit and the connection was closed. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError';
  /** In bytes, after decompression. */
  readonly limit: number;

  constructor(limit: number) {
    super(`response larger than ${limit} bytes`);
    this.limit = limit;
  }
}

/**
 * Whether `error` is a ResponseTooLargeError, has one among its causes, or is what postgrest-js makes of one
 * (`{ message: '<name>: <message>' }`).
 */
export function isResponseTooLarge(error: unknown): boolean {
  let current = error;
  for (let depth = 0; typeof current === 'object' && current !== null && depth < 5; depth++) {
    if (current instanceof ResponseTooLargeError) return true;
    const { message, cause } = current as { message?: unknown; cause?: unknown };
    if (typeof message === 'string' && message.startsWith('ResponseTooLargeError:')) return true;
    current = cause;
  }
  return false;
}

/** An HTTP/1.1 client with its own connections. */
export interface HttpClient {
  /**
   * undici's `fetch`. Decompresses, and does not follow redirects by default: keys in headers must not reach another host.
   * With a limit, resolves when the whole body is in memory.
   * @throws ResponseTooLargeError when the decompressed body exceeds `maxResponseBytes` of this request or of the client
   */
  fetch: (
    input: string | URL | Request,
    init?: RequestInit & { maxResponseBytes?: number },
  ) => Promise<globalThis.Response>;
  /** undici's `request`. Does not decompress and has no size limit of its own: read the body with `readBody`. */
  request(url: string | URL, options: RequestOptions): Promise<Dispatcher.ResponseData>;
  /** Aborts all requests and closes all connections. */
  close(): Promise<void>;
}

type LimitedInit = NonNullable<Parameters<typeof undiciFetch>[1]> & { maxResponseBytes?: number };

export interface RequestOptions {
  method?: Dispatcher.HttpMethod;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
}

/** Creates the HTTP client of one upstream. */
export function createHttpClient(options: {
  /** Maximum number of connections to one origin. */
  connections: number;
  /** Maximum size of a `fetch` response after decompression, in bytes (default: no limit). */
  maxResponseBytes?: number;
  /**
   * Closes an idle connection after this time, in ms, whatever the server suggests (default 4,000). A request on a
   * connection that died silently fails only with its own timeout: after this time no request can be sent on one.
   */
  keepAliveMs?: number;
  /** Opens connections (default: `createConnector`). */
  connect?: Connector;
}): HttpClient {
  const { keepAliveMs = DEFAULT_KEEP_ALIVE_MS } = options;
  const dispatcher = new Agent({
    allowH2: false,
    connections: options.connections,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connect: options.connect ?? createConnector(),
  });

  const fetchLimited = async (
    input: Parameters<typeof undiciFetch>[0],
    { maxResponseBytes = Infinity, ...init }: LimitedInit = {},
  ) => {
    const limit = Math.min(maxResponseBytes, options.maxResponseBytes ?? Infinity);
    const headers = new Headers(init.headers);
    headers.set('user-agent', USER_AGENT);
    const response = await undiciFetch(input, { redirect: 'manual', ...init, headers, dispatcher });
    return limit === Infinity ? response : limitBody(response, limit);
  };

  return {
    // Node's global types describe the undici that Node contains, not the installed one.
    fetch: fetchLimited as unknown as HttpClient['fetch'],
    request: (url, { headers, ...init }) =>
      request(url, { ...init, headers: { ...headers, 'user-agent': USER_AGENT }, dispatcher }),
    close: () => dispatcher.destroy(),
  };
}

/** Opens one connection for the HTTP client. */
export type Connector = buildConnector.connector;

/**
 * Creates a connector that negotiates HTTP/1.1 only: with HTTP/2, Node 26.10 loops forever when a request is aborted while
 * its body waits for the flow-control window (nghttp2), and a connection that died silently is kept for minutes.
 */
export function createConnector({ timeoutMs = CONNECT_TIMEOUT_MS, lookup }: ConnectorOptions = {}): Connector {
  return buildConnector({ allowH2: false, timeout: timeoutMs, ...(lookup ? { lookup } : {}) });
}

export interface ConnectorOptions {
  /** Longest time to open a connection, TLS included, in ms (default 4,000). */
  timeoutMs?: number;
  /** Resolves host names instead of the system. */
  lookup?: LookupFunction;
}

/** Reads a whole body. @throws ResponseTooLargeError above `limit` bytes */
export async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit) throw new ResponseTooLargeError(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The same response with its whole body in memory. undici decompresses only as fast as the body is read. */
async function limitBody(response: Response, limit: number): Promise<Response> {
  if (!response.body) return response;
  const { status, statusText, headers } = response;
  return new Response(await readBody(response.body, limit), { status, statusText, headers });
}
