import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, type FaultOptions, Faults } from './faults.ts';
import { type FakeResponse, parseBody, readBody, sendResponse, sendTruncatedResponse } from './http-io.ts';
import { type Certificate, createTrackedServer, type TrackedServer } from './tracked-server.ts';
import { waitForMatch } from './wait-for-match.ts';

/** One request that came in, recorded when its body was complete. */
export interface RecordedRequest {
  /** Counted from 1 since the start or the last reset. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or the fields of a form, or the text as it came. */
  readonly body: unknown;
  /** Undefined while unanswered; 0 when the connection ended without a whole answer. */
  status: number | undefined;
  /** From arrival to the end of the answer, in milliseconds; undefined while unanswered. */
  durationMs: number | undefined;
}

export interface FakeServerOptions {
  /** 0 (default): a free one. */
  port?: number;
  /** How many calls are kept, the newest (default 10,000). */
  historyLimit?: number;
  /** False: no call is kept, listeners are still told. */
  recordHistory?: boolean;
  /** How long every answer takes, in milliseconds (default 0). */
  latencyMs?: number;
  /** Serves HTTPS with this certificate and offers HTTP/2. */
  certificate?: Certificate | undefined;
}

// Free ports are chosen below the ephemeral range: while the stand-in refuses connections nobody else is given its
// port, and a caller that retries can't be connected to itself.
const MIN_PORT = 20_000;
const PORT_COUNT = 12_000;

/** A real HTTP server on 127.0.0.1 that records its calls and can be made to fail. `perform` is what it stands for. */
export abstract class FakeServer<C extends RecordedRequest = RecordedRequest> {
  /** The newest calls, oldest first. */
  readonly requests: C[] = [];
  /** How long every answer takes, in milliseconds; requests are performed at once. */
  latencyMs: number;
  readonly #tracked: TrackedServer;
  readonly #server: TrackedServer['server'];
  readonly #faults = new Faults<C>();
  readonly #requestListeners = new Set<(call: C) => void>();
  readonly #responseListeners = new Set<(call: C) => void>();
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

  /** Performs the request and says what to answer. */
  protected abstract handle(call: C): FakeResponse | Promise<FakeResponse>;

  /** Adds what this upstream's calls have beyond the common ones. */
  protected abstract extendRecord(call: RecordedRequest): C;

  /** The body of an HTTP error in this upstream's own shape. */
  protected abstract buildErrorBody(fault: Fault & { kind: 'status' }): unknown;

  get url(): string {
    return `${this.#tracked.scheme}://127.0.0.1:${this.#port}`;
  }

  /** What clients negotiated by ALPN (`http/1.1`, `h2`; empty without a certificate). */
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

  /** How many calls came in since the start or the last reset, kept or not. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** Starts to listen; rejects where the given port is taken. */
  async open(): Promise<this> {
    await this.#listen(this.#options.port ?? 0);
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Puts a fault in force for the next requests; `null` clears all. Resolves once it is (only `refuse` takes time). */
  setFault(fault: Fault | null, options: FaultOptions<C> = {}): Promise<void> {
    if (!options.match || fault === null) this.#destroyHanging();
    if (fault === null) this.#faults.clear();
    else this.#faults.set(fault, options);
    return this.#applyRefusal();
  }

  /** Takes all faults back and ends what hangs. */
  clearFaults(): Promise<void> {
    return this.setFault(null);
  }

  /** Forgets calls and faults. */
  reset(): Promise<void> {
    this.requests.length = 0;
    this.#requestCount = 0;
    return this.clearFaults();
  }

  /** Tells of each call when it has come in, before it is performed; returns what ends that. */
  onRequest(listener: (call: C) => void): () => void {
    this.#requestListeners.add(listener);
    return () => this.#requestListeners.delete(listener);
  }

  /** Tells of each call when its answer is out or its connection has ended; returns what ends that. */
  onResponse(listener: (call: C) => void): () => void {
    this.#responseListeners.add(listener);
    return () => this.#responseListeners.delete(listener);
  }

  /** The first call, kept or to come, that fits; rejects after `timeoutMs` or on close. */
  waitForRequest(predicate: (call: C) => boolean, timeoutMs = 10_000): Promise<C> {
    return waitForMatch(
      this.requests,
      (listener) => this.onRequest(listener),
      predicate,
      timeoutMs,
      this.#closing.signal,
    );
  }

  /** Ends the server and every connection, hanging ones too. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#refusalApplied.catch(() => undefined);
    await this.#stopListening();
  }

  /** Aborted when the stand-in closes. */
  protected get closeSignal(): AbortSignal {
    return this.#closing.signal;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const text = await readBody(request).catch(() => undefined);
    if (text === undefined) return void response.destroy();
    let call: C;
    try {
      call = this.#record(request, text);
    } catch {
      return sendResponse(response, { status: 400, body: 'Bad Request' });
    }
    response.once('close', () => {
      call.status = response.writableFinished ? response.statusCode : 0;
      call.durationMs = Date.now() - call.at;
      for (const listener of this.#responseListeners) listener(call);
    });
    for (const listener of this.#requestListeners) listener(call);
    await this.#respond(call, response);
  }

  #record(request: IncomingMessage, text: string): C {
    const { pathname, searchParams } = new URL(`http://fake${request.url ?? '/'}`);
    this.#requestCount += 1;
    const call = this.extendRecord({
      number: this.#requestCount,
      at: Date.now(),
      method: request.method ?? 'GET',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: parseBody(text, request.headers['content-type'] ?? ''),
      status: undefined,
      durationMs: undefined,
    });
    if (this.#historyLimit > 0) this.requests.push(call);
    if (this.requests.length > this.#historyLimit) this.requests.shift();
    return call;
  }

  async #respond(call: C, response: ServerResponse): Promise<void> {
    const fault = this.#faults.take(call);
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
        await this.#tryHandle(call);
        return void response.destroy();
      default: {
        const answer = await this.#tryHandle(call);
        await this.#delay(this.latencyMs + (fault?.ms ?? 0), response);
        sendResponse(response, answer);
      }
    }
  }

  async #tryHandle(call: C): Promise<FakeResponse> {
    try {
      return await this.handle(call);
    } catch (error) {
      // A script that throws is a mistake of the test; it must be seen there, and must not end the process.
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
    // Also on close(): it destroys the connections.
    response.once('close', resolve);
    await promise;
    clearTimeout(timer);
  }

  #destroyHanging(): void {
    for (const response of this.#hanging) response.destroy();
  }

  /** Opens or closes the listening socket as the faults ask, one change after the other. */
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
