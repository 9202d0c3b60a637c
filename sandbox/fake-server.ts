import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, type FaultOptions, Faults } from './faults.ts';
import { type FakeResponse, parseBody, readBody, sendResponse, sendTruncatedResponse } from './http-io.ts';
import { type Certificate, createTrackedServer, type TrackedServer } from './tracked-server.ts';
import { waitForMatch } from './wait-for-match.ts';

/** A received request, recorded when its body was complete. */
export interface RecordedRequest {
  /** Sequence number since the start or the last reset, from 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, the fields of a form, a `MultipartForm`, or the unchanged text. */
  readonly body: unknown;
  /** HTTP status of the response; undefined until it is sent, 0 if the connection ended before that. */
  status: number | undefined;
  /** From arrival to the end of the response; undefined until then. */
  durationMs: number | undefined;
}

export interface FakeServerOptions {
  /** 0 (default) selects a free port. */
  port?: number;
  /** Maximum number of recorded requests; the oldest are dropped (default 10,000). */
  historyLimit?: number;
  /** False: requests are not recorded, but listeners still run. */
  recordHistory?: boolean;
  /** Delay of every response (default 0). */
  latencyMs?: number;
  /** Serves HTTPS with this certificate and offers HTTP/2. */
  certificate?: Certificate | undefined;
}

// Choose free ports below the ephemeral range: while the fake server refuses connections, the system then gives its port
// to no other process, and a client that retries cannot connect to itself.
const MIN_PORT = 20_000;
const PORT_COUNT = 12_000;

/** A real HTTP server on 127.0.0.1 that records requests and injects faults. Subclasses implement the upstream in `handle`. */
export abstract class FakeServer<C extends RecordedRequest = RecordedRequest> {
  /** The latest requests, oldest first. */
  readonly requests: C[] = [];
  /** Delay of every response; requests are handled at once. */
  latencyMs: number;
  readonly #tracked: TrackedServer;
  readonly #server: TrackedServer['server'];
  readonly #faults = new Faults<C>();
  readonly #requestListeners = new Set<(request: C) => void>();
  readonly #responseListeners = new Set<(request: C) => void>();
  readonly #closing = new AbortController();
  readonly #hanging = new Set<ServerResponse>();
  readonly #historyLimit: number;
  readonly #options: FakeServerOptions;
  #port = 0;
  #requestCount = 0;
  #refusalApplied: Promise<void> = Promise.resolve();

  constructor(options: FakeServerOptions) {
    this.#options = options;
    this.#historyLimit = options.recordHistory === false ? 0 : (options.historyLimit ?? 10_000);
    this.latencyMs = options.latencyMs ?? 0;
    this.#tracked = createTrackedServer(
      (request, response) => void this.#receive(request, response),
      options.certificate,
    );
    this.#server = this.#tracked.server;
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Handles a request as the upstream does. */
  protected abstract handle(request: C): FakeResponse | Promise<FakeResponse>;

  /** Adds the fields that only this upstream's requests have. */
  protected abstract extendRecord(request: RecordedRequest): C;

  /** Builds the body of an HTTP error in the upstream's format. */
  protected abstract buildErrorBody(fault: Fault & { kind: 'status' }): unknown;

  get url(): string {
    return `${this.#tracked.scheme}://127.0.0.1:${this.#port}`;
  }

  /** The protocols that clients negotiated by ALPN (`http/1.1`, `h2`; empty without a certificate). */
  get negotiatedProtocols(): ReadonlySet<string> {
    return this.#tracked.negotiatedProtocols;
  }

  /** The `User-Agent` of each client that called. */
  get userAgents(): ReadonlySet<string> {
    return this.#tracked.userAgents;
  }

  get port(): number {
    return this.#port;
  }

  /** Number of requests since the start or the last reset, recorded or not. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** Starts to listen. @throws if the given port is in use */
  async open(): Promise<this> {
    await this.#listen(this.#options.port ?? 0);
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Activates a fault for the next requests; `null` clears all faults. Resolves when it is active (only `refuse` takes time). */
  setFault(fault: Fault | null, options: FaultOptions<C> = {}): Promise<void> {
    if (!options.match || fault === null) this.#destroyHanging();
    if (fault === null) this.#faults.clear();
    else this.#faults.set(fault, options);
    return this.#applyRefusal();
  }

  /** Clears all faults and destroys hanging requests. */
  clearFaults(): Promise<void> {
    return this.setFault(null);
  }

  /** Clears recorded requests and faults. */
  reset(): Promise<void> {
    this.requests.length = 0;
    this.#requestCount = 0;
    return this.clearFaults();
  }

  /** Calls `listener` with each request before it is handled. @returns a function that unsubscribes */
  onRequest(listener: (request: C) => void): () => void {
    this.#requestListeners.add(listener);
    return () => this.#requestListeners.delete(listener);
  }

  /** Calls `listener` with each request when its response is sent or its connection has ended. @returns a function that unsubscribes */
  onResponse(listener: (request: C) => void): () => void {
    this.#responseListeners.add(listener);
    return () => this.#responseListeners.delete(listener);
  }

  /** Resolves with the first recorded or future request that matches. @throws after `timeoutMs` or on close */
  waitForRequest(predicate: (request: C) => boolean, timeoutMs = 10_000): Promise<C> {
    return waitForMatch(
      this.requests,
      (listener) => this.onRequest(listener),
      predicate,
      timeoutMs,
      this.#closing.signal,
    );
  }

  /** Closes the server and every connection, including hanging ones. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#refusalApplied.catch(() => undefined);
    await this.#stopListening();
  }

  /** Aborted when the server closes. */
  protected get closeSignal(): AbortSignal {
    return this.#closing.signal;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const bytes = await readBody(request).catch(() => undefined);
    if (bytes === undefined) return void response.destroy();
    let recorded: C;
    try {
      recorded = this.#record(request, await parseBody(bytes, request.headers['content-type'] ?? ''));
    } catch {
      return sendResponse(response, { status: 400, body: 'Bad Request' });
    }
    response.once('close', () => {
      recorded.status = response.writableFinished ? response.statusCode : 0;
      recorded.durationMs = Date.now() - recorded.at;
      for (const listener of this.#responseListeners) listener(recorded);
    });
    for (const listener of this.#requestListeners) listener(recorded);
    await this.#respond(recorded, response);
  }

  #record(request: IncomingMessage, body: unknown): C {
    const { pathname, searchParams } = new URL(`http://fake${request.url ?? '/'}`);
    this.#requestCount += 1;
    const recorded = this.extendRecord({
      number: this.#requestCount,
      at: Date.now(),
      method: request.method ?? 'GET',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body,
      status: undefined,
      durationMs: undefined,
    });
    if (this.#historyLimit > 0) this.requests.push(recorded);
    if (this.requests.length > this.#historyLimit) this.requests.shift();
    return recorded;
  }

  async #respond(recorded: C, response: ServerResponse): Promise<void> {
    const fault = this.#faults.take(recorded);
    switch (fault?.kind) {
      case 'refuse':
        return void response.destroy();
      case 'hang':
        this.#hanging.add(response);
        response.once('close', () => this.#hanging.delete(response));
        return;
      case 'invalid-json':
        return sendResponse(response, { status: 200, body: '<html><body><h1>It works!</h1></body></html>' });
      case 'truncated':
        return sendTruncatedResponse(response);
      case 'status':
        return sendResponse(response, this.#buildErrorResponse(fault));
      case 'reject':
        return sendResponse(response, { status: 200, body: fault.body });
      case 'response-lost':
        await this.#tryHandle(recorded);
        return void response.destroy();
      default: {
        const result = await this.#tryHandle(recorded);
        await this.#delay(this.latencyMs + (fault?.ms ?? 0), response);
        sendResponse(response, result);
      }
    }
  }

  async #tryHandle(recorded: C): Promise<FakeResponse> {
    try {
      return await this.handle(recorded);
    } catch (error) {
      // Report an error of a scripted response to the client: the test must see it, and the process must continue.
      return { status: 500, body: `fake server: ${error instanceof Error ? error.stack : String(error)}` };
    }
  }

  #buildErrorResponse(fault: Fault & { kind: 'status' }): FakeResponse {
    const headers: Record<string, string> =
      fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` };
    return { status: fault.status, headers, body: fault.body ?? this.buildErrorBody(fault) };
  }

  async #delay(durationMs: number, response: ServerResponse): Promise<void> {
    if (durationMs <= 0 || response.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, durationMs);
    // Also runs on close(), which destroys the connections.
    response.once('close', resolve);
    await promise;
    clearTimeout(timer);
  }

  #destroyHanging(): void {
    for (const response of this.#hanging) response.destroy();
  }

  /** Opens or closes the listening socket to match the active faults; changes run one after the other. */
  #applyRefusal(): Promise<void> {
    const apply = async () => {
      const listen = !this.#faults.isRefusing && !this.#closing.signal.aborted;
      if (listen === this.#server.listening) return;
      await (listen ? this.#listen(this.#port) : this.#stopListening());
    };
    this.#refusalApplied = this.#refusalApplied.then(apply, apply);
    return this.#refusalApplied;
  }

  async #listen(port: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const candidate = port || MIN_PORT + Math.floor(Math.random() * PORT_COUNT);
      this.#server.listen(candidate, '127.0.0.1');
      try {
        await once(this.#server, 'listening');
        return;
      } catch (error) {
        if (port || attempt === 50) throw error;
      }
    }
  }

  async #stopListening(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#tracked.destroyConnections();
    await closed;
  }
}
