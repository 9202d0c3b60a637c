import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awaitFirst } from './await-first.ts';
import { type Answer, parseBody, readBody, respond, respondHalf } from './exchange.ts';
import { type Fault, type FaultOptions, Faults } from './faults.ts';
import { type Certificate, createFakeServer, type FakeServer } from './http-server.ts';

/** One request that came in, recorded when its body was complete. */
export interface Call {
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
  ms: number | undefined;
}

export interface StandInOptions {
  /** 0 (default): a free one. */
  port?: number;
  /** How many calls are kept, the newest (default 10,000). */
  keep?: number;
  /** False: no call is kept, listeners are still told. */
  record?: boolean;
  /** How long every answer takes, in milliseconds (default 0). */
  latencyMs?: number;
  /** Serves HTTPS with this certificate and offers HTTP/2. */
  certificate?: Certificate | undefined;
}

// Free ports are chosen below the ephemeral range: while the stand-in refuses connections nobody else is given its
// port, and a caller that retries can't be connected to itself.
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A real HTTP server on 127.0.0.1 that records its calls and can be made to fail. `perform` is what it stands for. */
export abstract class StandIn<C extends Call = Call> {
  /** The newest calls, oldest first. */
  readonly calls: C[] = [];
  /** How long every answer takes, in milliseconds; requests are performed at once. */
  latencyMs: number;
  readonly #fake: FakeServer;
  readonly #server: FakeServer['server'];
  readonly #faults = new Faults<C>();
  readonly #callListeners = new Set<(call: C) => void>();
  readonly #answerListeners = new Set<(call: C) => void>();
  readonly #closing = new AbortController();
  readonly #hanging = new Set<ServerResponse>();
  readonly #keep: number;
  readonly #options: StandInOptions;
  #port = 0;
  #received = 0;
  #aligned: Promise<void> = Promise.resolve();

  constructor(options: StandInOptions) {
    this.#options = options;
    this.#keep = options.record === false ? 0 : (options.keep ?? 10_000);
    this.latencyMs = options.latencyMs ?? 0;
    this.#fake = createFakeServer((request, response) => void this.#receive(request, response), options.certificate);
    this.#server = this.#fake.server;
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Performs the request and says what to answer. */
  protected abstract perform(call: C): Answer | Promise<Answer>;

  /** Adds what this upstream's calls have beyond the common ones. */
  protected abstract describe(call: Call): C;

  /** The body of an HTTP error in this upstream's own shape. */
  protected abstract errorBody(fault: Fault & { kind: 'status' }): unknown;

  get url(): string {
    return `${this.#fake.scheme}://127.0.0.1:${this.#port}`;
  }

  /** What clients negotiated by ALPN (`http/1.1`, `h2`; empty without a certificate). */
  get negotiated(): ReadonlySet<string> {
    return this.#fake.negotiated;
  }

  /** The `User-Agent` of each client that called. */
  get userAgents(): ReadonlySet<string> {
    return this.#fake.userAgents;
  }

  get port(): number {
    return this.#port;
  }

  /** How many calls came in since the start or the last reset, kept or not. */
  get received(): number {
    return this.#received;
  }

  /** Starts to listen; rejects where the given port is taken. */
  async open(): Promise<this> {
    await this.#listen(this.#options.port ?? 0);
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Puts a fault in force for the next requests; `null` clears all. Resolves once it is (only `refuse` takes time). */
  fault(fault: Fault | null, options: FaultOptions<C> = {}): Promise<void> {
    if (!options.match || fault === null) this.#release();
    if (fault === null) this.#faults.clear();
    else this.#faults.set(fault, options);
    return this.#align();
  }

  /** Takes all faults back and ends what hangs. */
  clearFaults(): Promise<void> {
    return this.fault(null);
  }

  /** Forgets calls and faults. */
  reset(): Promise<void> {
    this.calls.length = 0;
    this.#received = 0;
    return this.clearFaults();
  }

  /** Tells of each call when it has come in, before it is performed; returns what ends that. */
  onCall(listener: (call: C) => void): () => void {
    this.#callListeners.add(listener);
    return () => this.#callListeners.delete(listener);
  }

  /** Tells of each call when its answer is out or its connection has ended; returns what ends that. */
  onAnswer(listener: (call: C) => void): () => void {
    this.#answerListeners.add(listener);
    return () => this.#answerListeners.delete(listener);
  }

  /** The first call, kept or to come, that fits; rejects after `timeoutMs` or on close. */
  waitFor(predicate: (call: C) => boolean, timeoutMs = 10_000): Promise<C> {
    return awaitFirst(this.calls, (listener) => this.onCall(listener), predicate, timeoutMs, this.#closing.signal);
  }

  /** Ends the server and every connection, hanging ones too. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#aligned.catch(() => undefined);
    await this.#stopListening();
  }

  /** Aborted when the stand-in closes. */
  protected get closing(): AbortSignal {
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
      return respond(response, { status: 400, body: 'Bad Request' });
    }
    response.once('close', () => {
      call.status = response.writableFinished ? response.statusCode : 0;
      call.ms = Date.now() - call.at;
      for (const listener of this.#answerListeners) listener(call);
    });
    for (const listener of this.#callListeners) listener(call);
    await this.#serve(call, response);
  }

  #record(request: IncomingMessage, text: string): C {
    const { pathname, searchParams } = new URL(`http://stand-in${request.url ?? '/'}`);
    this.#received += 1;
    const call = this.describe({
      number: this.#received,
      at: Date.now(),
      method: request.method ?? 'GET',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: parseBody(text, request.headers['content-type'] ?? ''),
      status: undefined,
      ms: undefined,
    });
    if (this.#keep > 0) this.calls.push(call);
    if (this.calls.length > this.#keep) this.calls.shift();
    return call;
  }

  async #serve(call: C, response: ServerResponse): Promise<void> {
    const fault = this.#faults.strike(call);
    switch (fault?.kind) {
      case 'refuse':
        return void response.destroy();
      case 'hang':
        this.#hanging.add(response);
        response.once('close', () => this.#hanging.delete(response));
        return;
      case 'garbage':
        return respond(response, { status: 200, body: '<html><body><h1>It works!</h1></body></html>' });
      case 'half':
        return respondHalf(response);
      case 'status':
        return respond(response, this.#error(fault));
      case 'reject':
        return respond(response, { status: 200, body: fault.body });
      case 'accepted-then-broken':
        await this.#attempt(call);
        return void response.destroy();
      default: {
        const answer = await this.#attempt(call);
        await this.#pause(this.latencyMs + (fault?.ms ?? 0), response);
        respond(response, answer);
      }
    }
  }

  async #attempt(call: C): Promise<Answer> {
    try {
      return await this.perform(call);
    } catch (error) {
      // A script that throws is a mistake of the test; it must be seen there, and must not end the process.
      return { status: 500, body: `stand-in: ${error instanceof Error ? error.stack : String(error)}` };
    }
  }

  #error(fault: Fault & { kind: 'status' }): Answer {
    const headers: Record<string, string> =
      fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` };
    return { status: fault.status, headers, body: fault.body ?? this.errorBody(fault) };
  }

  async #pause(ms: number, response: ServerResponse): Promise<void> {
    if (ms <= 0 || response.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    // Also on close(): it destroys the connections.
    response.once('close', resolve);
    await promise;
    clearTimeout(timer);
  }

  #release(): void {
    for (const response of this.#hanging) response.destroy();
  }

  /** Opens or closes the listening socket as the faults ask, one change after the other. */
  #align(): Promise<void> {
    const align = async () => {
      const listen = !this.#faults.refusing && !this.#closing.signal.aborted;
      if (listen === this.#server.listening) return;
      await (listen ? this.#listen(this.#port) : this.#stopListening());
    };
    this.#aligned = this.#aligned.then(align, align);
    return this.#aligned;
  }

  async #listen(port: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const candidate = port || FIRST_PORT + Math.floor(Math.random() * PORTS);
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
    this.#fake.destroyConnections();
    await closed;
  }
}
