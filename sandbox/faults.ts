/** A fault of an upstream; the same kinds for all fake servers. Times in milliseconds unless another unit is given. */
export type Fault =
  /**
   * Connection refused: the listening socket and every connection are closed until the fault is cleared (a client may
   * see a reset first). With `times` or `match` the socket is reset instead.
   */
  | { kind: 'refuse' }
  /** Accepts the request and never responds; the sockets are destroyed when the fault is cleared. Not handled. */
  | { kind: 'hang' }
  /** Handles the request at once and sends the response after `ms`, even if the client has given up. */
  | { kind: 'slow'; ms: number }
  /** HTTP 200 with a body that is not JSON. The request is not handled. */
  | { kind: 'invalid-json' }
  /** Content-Length exceeds the bytes sent, then the socket is destroyed. The request is not handled. */
  | { kind: 'truncated' }
  /** An HTTP error; `retryAfter` in seconds becomes Retry-After, for Gemini also RetryInfo. Not handled. */
  | { kind: 'status'; status: number; retryAfter?: number; body?: unknown }
  /** The request is handled and recorded, then the socket is destroyed without a response. */
  | { kind: 'response-lost' }
  /** HTTP 200 with this body: FONNTE's `status:false` shapes. The request is not handled. */
  | { kind: 'reject'; body: unknown };

/** `times`: number of affected requests (default: until cleared); `match`: selects requests (default: all). */
export interface FaultOptions<C> {
  times?: number;
  match?: (request: C) => boolean;
}

interface Rule<C> {
  fault: Fault;
  remaining: number;
  match: ((request: C) => boolean) | undefined;
}

/** The active faults of one fake server. Rules with `match` take precedence, newest first; there is at most one without. */
export class Faults<C> {
  #rules: Rule<C>[] = [];

  /** Adds a rule; a rule without `match` replaces the previous rule without `match`. */
  set(fault: Fault, { times = Number.POSITIVE_INFINITY, match }: FaultOptions<C> = {}): void {
    const rule: Rule<C> = { fault, remaining: times, match };
    if (match) this.#rules.unshift(rule);
    else this.#rules = [...this.#rules.filter((other) => other.match), rule];
  }

  clear(): void {
    this.#rules = [];
  }

  /** Takes the fault for this request and counts it against `times`. @returns undefined if the request is handled normally */
  take(request: C): Fault | undefined {
    const rule = this.#rules.find(({ remaining, match }) => remaining > 0 && (!match || match(request)));
    if (!rule) return undefined;
    rule.remaining -= 1;
    if (rule.remaining <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }

  /** True while all connections are refused. */
  get isRefusing(): boolean {
    return this.#rules.some(
      ({ fault, remaining, match }) => fault.kind === 'refuse' && !match && remaining === Infinity,
    );
  }
}
