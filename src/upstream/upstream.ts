import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { BreakerState, CallOutcome, Events, UpstreamName } from '../events.ts';

/** It answered no. `reason` holds its own words (for operators, never for logs); `permanent`: asking again can't help. */
export class UpstreamRefusal extends Error {
  readonly upstream: UpstreamName;
  readonly reason: string;
  readonly permanent: boolean;
  readonly status: number | undefined;
  /** How long it asked us to wait, in ms. */
  readonly retryAfterMs: number | undefined;
  /** A word for logs and metrics, free of personal data. */
  readonly label: string;

  constructor(
    upstream: UpstreamName,
    details: { reason: string; label: string; permanent: boolean; status?: number; retryAfterMs?: number },
  ) {
    super(`${upstream} refused: ${details.label}`);
    this.upstream = upstream;
    this.reason = details.reason;
    this.label = details.label;
    this.permanent = details.permanent;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The call never completed, or broke off: nobody knows whether it was carried out. */
export class UpstreamFailure extends Error {
  readonly upstream: UpstreamName;
  readonly kind: 'timeout' | 'network' | 'aborted';
  /** False where the request certainly never reached the other side (connection refused, name unknown). */
  readonly mayHaveHappened: boolean;

  constructor(upstream: UpstreamName, kind: 'timeout' | 'network' | 'aborted', cause: unknown) {
    super(`${upstream} call failed: ${kind}`, { cause });
    this.upstream = upstream;
    this.kind = kind;
    this.mayHaveHappened = !neverConnected(cause);
  }
}

/** The breaker is open: the call was not made. */
export class UpstreamOpen extends Error {
  readonly upstream: UpstreamName;
  constructor(upstream: UpstreamName) {
    super(`${upstream} is resting after repeated failures`);
    this.upstream = upstream;
  }
}

export type UpstreamError = UpstreamRefusal | UpstreamFailure | UpstreamOpen;

export function isUpstreamError(error: unknown): error is UpstreamError {
  return error instanceof UpstreamRefusal || error instanceof UpstreamFailure || error instanceof UpstreamOpen;
}

export interface Upstream {
  readonly name: UpstreamName;
  /**
   * One call, bounded as a whole by `timeoutMs` and by `signal`, behind the breaker.
   * @throws UpstreamRefusal as `run` throws it; UpstreamFailure for everything else; UpstreamOpen while the breaker is open.
   */
  call<T>(
    operation: string,
    run: (signal: AbortSignal) => Promise<T>,
    bounds?: { timeoutMs?: number; signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** How long a call would be refused from now, in ms; 0 where it would be made (closed, or due for its one probe). */
  restingMs(): number;
  state(): BreakerState;
}

/** Failures in a row that open a breaker. */
const FAILURES_TO_OPEN = 5;
/** A breaker's first rest and its longest, in ms; it doubles with every probe that fails. */
const REST_MS = { first: 2_000, longest: 30_000 };

/** Puts a timeout, an error class and a circuit breaker around every call to one upstream, or to one model of it. */
export function createUpstream(options: {
  name: UpstreamName;
  /** The model that this breaker belongs to, where the upstream has one per model. */
  model?: string;
  timeoutMs: number;
  events: Events;
  restMs?: { first: number; longest: number };
  /** Consecutive failures that open the breaker (default 5); Infinity: it never opens. */
  failuresToOpen?: number;
  /** Monotonic clock in ms (default `performance.now`): a change of the system time must not prolong a rest. */
  monotonicNow?: () => number;
  onStateChange?: () => void;
}): Upstream {
  const { name, model, events, monotonicNow = () => performance.now() } = options;
  const rest = options.restMs ?? REST_MS;
  let restsUntil = 0;
  // The rest is enforced in `call`, because cockatiel would measure it with the system time.
  const startRest = (attempt: number): IBackoff<{ attempt: number }> => {
    restsUntil = monotonicNow() + Math.min(rest.longest, rest.first * 2 ** (attempt - 1));
    return { duration: Number.NEGATIVE_INFINITY, next: (context) => startRest(context.attempt) };
  };
  // A probe that its caller aborts proves nothing: cockatiel would close the breaker, so it counts as failed.
  const isFailure = (error: unknown) =>
    countsForBreaker(error) || (error instanceof UpstreamFailure && policy.state === CircuitState.HalfOpen);
  const policy = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(options.failuresToOpen ?? FAILURES_TO_OPEN),
    halfOpenAfter: { next: (context) => startRest(context.attempt) },
  });
  policy.onStateChange((state) => {
    events.emit({ type: 'breaker.changed', upstream: name, ...(model ? { model } : {}), state: stateName(state) });
    options.onStateChange?.();
  });
  const restingMs = () => {
    if (policy.state === CircuitState.Closed) return 0;
    return policy.state === CircuitState.HalfOpen ? PROBE_WAIT_MS : Math.max(0, restsUntil - monotonicNow());
  };

  return {
    name,
    state: () => stateName(policy.state),
    restingMs,
    async call(operation, run, bounds = {}) {
      const startedAt = performance.now();
      const tell = (outcome: CallOutcome, reason = 'none') => {
        const durationMs = Math.round(performance.now() - startedAt);
        events.emit({ type: 'upstream.called', upstream: name, operation, outcome, reason, durationMs });
      };
      try {
        // In half-open state cockatiel would let further callers wait for the probe without a time limit.
        if (restingMs() > 0) throw new BrokenCircuitError();
        const timeoutMs = bounds.timeoutMs ?? options.timeoutMs;
        const result = await policy.execute(() => bounded(name, run, timeoutMs, bounds.signal));
        tell('ok');
        return result;
      } catch (error) {
        if (error instanceof BrokenCircuitError) {
          tell('breaker-open');
          throw new UpstreamOpen(name);
        }
        if (error instanceof UpstreamFailure) tell(error.kind);
        else tell('refused', error instanceof UpstreamRefusal ? error.label : 'unknown');
        throw error;
      }
    },
  };
}

/** How long to wait for a probe that is under way before asking again, in ms. */
const PROBE_WAIT_MS = 1_000;

/** Runs one call until it ends, its time is up or `outer` aborts, whichever comes first. */
async function bounded<T>(
  name: UpstreamName,
  run: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  outer: AbortSignal | undefined,
): Promise<T> {
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  let kind: 'timeout' | 'network' | 'aborted' = 'network';
  const stop = (why: 'timeout' | 'aborted') => {
    kind = why;
    controller.abort();
    ended.reject(controller.signal.reason);
  };
  const onAbort = () => stop('aborted');
  const timer = setTimeout(stop, timeoutMs, 'timeout');
  if (outer?.aborted) onAbort();
  outer?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([ended.promise, run(controller.signal)]);
  } catch (error) {
    if (error instanceof UpstreamRefusal) throw error;
    throw new UpstreamFailure(name, kind, error);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onAbort);
  }
}

/** Breakers open on network errors, timeouts, 5xx and 429 alone, never on a refusal that concerns one request. */
function countsForBreaker(error: unknown): boolean {
  if (error instanceof UpstreamFailure) return error.kind !== 'aborted';
  return (
    error instanceof UpstreamRefusal && error.status !== undefined && (error.status >= 500 || error.status === 429)
  );
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverConnected(cause: unknown): boolean {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string' && NEVER_CONNECTED.has(error.code)) return true;
  }
  return false;
}

function stateName(state: CircuitState): BreakerState {
  return state === CircuitState.Closed ? 'closed' : state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
