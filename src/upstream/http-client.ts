import type { LookupFunction } from 'node:net';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
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
   * `fetch` for SDKs and JSON APIs: resolves when the whole decompressed body is in memory. Does not follow redirects: keys in
   * headers must not reach another host. Takes bodies of text, bytes and async iterables.
   * @throws ResponseTooLargeError when the decompressed body exceeds `maxResponseBytes` of this request or of the client
   * @throws the reason of `init.signal`; TypeError for a network error (with its cause) and for input that it does not take
   */
  fetch(input: string | URL | Request, init?: RequestInit & { maxResponseBytes?: number }): Promise<Response>;
  /** undici's `request`. Does not decompress and has no size limit: read the body with `readBody`. */
  request(url: string | URL, options: RequestOptions): Promise<Dispatcher.ResponseData>;
  /** Aborts all requests and closes all connections. */
  close(): Promise<void>;
}

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

  return {
    async fetch(input, { maxResponseBytes = Infinity, ...init } = {}) {
      const limit = Math.min(maxResponseBytes, options.maxResponseBytes ?? Infinity);
      const call = toRequest(input, init);
      try {
        return await readResponse(await request(call.url, { ...call.options, dispatcher }), limit);
      } catch (error) {
        init.signal?.throwIfAborted();
        if (error instanceof ResponseTooLargeError) throw error;
        throw new TypeError('fetch failed', { cause: error });
      }
    },
    request: (url, { headers, ...init }) =>
      request(url, { ...init, headers: { ...headers, 'user-agent': USER_AGENT }, dispatcher }),
    close: () => dispatcher.destroy(),
  };
}

type UndiciOptions = NonNullable<Parameters<typeof request>[1]>;

/** Translates the arguments of `fetch` for undici's `request`: 110 instead of 370 µs of CPU a call (docs/adr/0008). */
function toRequest(input: string | URL | Request, init: RequestInit): { url: string | URL; options: UndiciOptions } {
  if (input instanceof Request) throw new TypeError('A Request object is not supported');
  const { method = 'GET', body = null, signal } = init;
  const headers: Record<string, string> = { 'accept-encoding': 'gzip, br' };
  for (const [name, value] of init.headers instanceof Headers ? init.headers : new Headers(init.headers))
    headers[name] = value;
  headers['user-agent'] = USER_AGENT;
  if (body !== null && !isSendable(body)) throw new TypeError('A body must be text, bytes or an async iterable');
  return {
    url: input,
    options: { method: method as Dispatcher.HttpMethod, headers, body, signal: signal ?? null },
  };
}

function isSendable(body: unknown): body is string | Uint8Array | Readable {
  return typeof body === 'string' || body instanceof Uint8Array || Symbol.asyncIterator in Object(body);
}

/** Statuses whose responses have no body (RFC 9110); `Response` rejects a body for them. */
const NO_BODY_STATUSES = new Set([204, 205, 304]);

type UndiciResponse = Awaited<ReturnType<typeof request>>;

async function readResponse(
  { statusCode, statusText, headers, body }: UndiciResponse,
  limit: number,
): Promise<Response> {
  const bytes = await readBody(decompress(body, headers['content-encoding']), limit);
  const pairs = Object.entries(headers).flatMap(([name, value = []]) => {
    return [value].flat().map((each): [string, string] => [name, each]);
  });
  return new Response(NO_BODY_STATUSES.has(statusCode) ? null : bytes, {
    status: statusCode,
    statusText,
    headers: pairs,
  });
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
/** Encodings of one response: more than one is rare, many would be an attack. */
const MAX_ENCODINGS = 3;

/** Decompresses a body as fast as it is read. An unknown encoding or too many of them make the reader fail. */
function decompress(body: Readable, contentEncoding: string | string[] | undefined): Readable {
  const encodings = String(contentEncoding ?? '')
    .toLowerCase()
    .split(',');
  const names = encodings.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  if (names.length === 0) return body;
  const decoders = names.toReversed().map((name) => DECODERS[name]);
  if (names.length > MAX_ENCODINGS || !decoders.every((create) => create !== undefined))
    return body.destroy(new Error('unknown content-encoding'));
  // Errors of each stage reach the reader through the last stage.
  return decoders.reduce<Readable>((from, create) => pipeline(from, create(), () => {}), body);
}

/** Opens one connection for the HTTP client. */
export type Connector = buildConnector.connector;

/**
 * Creates a connector that negotiates HTTP/1.1 only: with HTTP/2, Node 26.10 loops forever when a request is aborted while
 * its body waits for the flow-control window (nghttp2), and a connection that died silently stays open for minutes.
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
