/** What can go wrong with any upstream: one vocabulary for the three stand-ins. Times in milliseconds unless named. */
export type Fault =
  /**
   * Connection refused: the listening socket and every connection are closed until cleared (a caller that has not yet
   * noticed may see a reset first). With `times` or `match` the socket is reset instead.
   */
  | { kind: 'refuse' }
  /** Accepts and never answers; the sockets are destroyed when the fault is cleared. Nothing is performed. */
  | { kind: 'hang' }
  /** Performs the request at once and answers properly after `ms`, whether or not the caller still waits. */
  | { kind: 'slow'; ms: number }
  /** 200 with a body that is no JSON. Nothing is performed. */
  | { kind: 'invalid-json' }
  /** Content-length says more than is sent, then the socket is destroyed. Nothing is performed. */
  | { kind: 'truncated' }
  /** An HTTP error; `retryAfter` in seconds becomes Retry-After, for Gemini also RetryInfo. Nothing is performed. */
  | { kind: 'status'; status: number; retryAfter?: number; body?: unknown }
  /** The request is performed and recorded, then the socket is destroyed without an answer. */
  | { kind: 'response-lost' }
  /** HTTP 200 with this body: FONNTE's `status:false` shapes. Nothing is performed. */
  | { kind: 'reject'; body: unknown };

/** `times`: how many requests are struck (default: until cleared); `match`: which ones (default: all). */
export interface FaultOptions<C> {
  times?: number;
  match?: (request: C) => boolean;
}

interface Rule<C> {
  fault: Fault;
  remaining: number;
  match: ((request: C) => boolean) | undefined;
}

/** The faults in force on one stand-in. Rules with `match` go first, newest first; the one without stands alone. */
export class Faults<C> {
  #rules: Rule<C>[] = [];

  /** Adds a rule; one without `match` replaces the former one without `match`. */
  set(fault: Fault, { times = Number.POSITIVE_INFINITY, match }: FaultOptions<C> = {}): void {
    const rule: Rule<C> = { fault, remaining: times, match };
    if (match) this.#rules.unshift(rule);
    else this.#rules = [...this.#rules.filter((other) => other.match), rule];
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault that strikes this call, counted against its `times`; undefined when it may be answered. */
  take(request: C): Fault | undefined {
    const rule = this.#rules.find(({ remaining, match }) => remaining > 0 && (!match || match(request)));
    if (!rule) return undefined;
    rule.remaining -= 1;
    if (rule.remaining <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }

  /** True while nobody may connect at all. */
  get isRefusing(): boolean {
    return this.#rules.some(
      ({ fault, remaining, match }) => fault.kind === 'refuse' && !match && remaining === Infinity,
    );
  }
}
