import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { BreakerState, Events, RequestOutcome, UpstreamName } from '../events.ts';

/** It answered no. `reason` holds its own words (for operators, never for logs); `permanent`: asking again can't help. */
export class UpstreamRejectedError extends Error {
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
export class UpstreamCallError extends Error {
  readonly upstream: UpstreamName;
  readonly kind: 'timeout' | 'network' | 'aborted';
  /** False where the request certainly never reached the other side (connection refused, name unknown). */
  readonly outcomeUnknown: boolean;

  constructor(upstream: UpstreamName, kind: 'timeout' | 'network' | 'aborted', cause: unknown) {
    super(`${upstream} call failed: ${kind}`, { cause });
    this.upstream = upstream;
    this.kind = kind;
    this.outcomeUnknown = !isConnectionFailure(cause);
  }
}

/** The breaker is open: the call was not made. */
export class CircuitOpenError extends Error {
  readonly upstream: UpstreamName;
  constructor(upstream: UpstreamName) {
    super(`${upstream} is resting after repeated failures`);
    this.upstream = upstream;
  }
}

export type UpstreamError = UpstreamRejectedError | UpstreamCallError | CircuitOpenError;

export function isUpstreamError(error: unknown): error is UpstreamError {
  return (
    error instanceof UpstreamRejectedError || error instanceof UpstreamCallError || error instanceof CircuitOpenError
  );
}

export interface UpstreamGuard {
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
  openForMs(): number;
  state(): BreakerState;
}

/** Failures in a row that open a breaker. */
const FAILURES_TO_OPEN = 5;
/** A breaker's first rest and its longest, in ms; it doubles with every probe that fails. */
const REST_MS = { first: 2_000, longest: 30_000 };

/** Puts a timeout, an error class and a circuit breaker around every call to one upstream, or to one model of it. */
export function createUpstreamGuard(options: {
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
}): UpstreamGuard {
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
    isBreakerFailure(error) || (error instanceof UpstreamCallError && policy.state === CircuitState.HalfOpen);
  const policy = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(options.failuresToOpen ?? FAILURES_TO_OPEN),
    halfOpenAfter: { next: (context) => startRest(context.attempt) },
  });
  policy.onStateChange((state) => {
    events.emit({ type: 'breaker.changed', upstream: name, ...(model ? { model } : {}), state: stateName(state) });
    options.onStateChange?.();
  });
  const openForMs = () => {
    if (policy.state === CircuitState.Closed) return 0;
    return policy.state === CircuitState.HalfOpen ? PROBE_WAIT_MS : Math.max(0, restsUntil - monotonicNow());
  };

  return {
    name,
    state: () => stateName(policy.state),
    openForMs,
    async call(operation, run, bounds = {}) {
      const startedAt = performance.now();
      const tell = (outcome: RequestOutcome, reason = 'none') => {
        const durationMs = Math.round(performance.now() - startedAt);
        events.emit({ type: 'upstream.called', upstream: name, operation, outcome, reason, durationMs });
      };
      try {
        // In half-open state cockatiel would let further callers wait for the probe without a time limit.
        if (openForMs() > 0) throw new BrokenCircuitError();
        const timeoutMs = bounds.timeoutMs ?? options.timeoutMs;
        const result = await policy.execute(() => withTimeout(name, run, timeoutMs, bounds.signal));
        tell('ok');
        return result;
      } catch (error) {
        if (error instanceof BrokenCircuitError) {
          tell('breaker-open');
          throw new CircuitOpenError(name);
        }
        if (error instanceof UpstreamCallError) tell(error.kind);
        else tell('refused', error instanceof UpstreamRejectedError ? error.label : 'unknown');
        throw error;
      }
    },
  };
}

/** How long to wait for a probe that is under way before asking again, in ms. */
const PROBE_WAIT_MS = 1_000;

/** Runs one call until it ends, its time is up or `outer` aborts, whichever comes first. */
async function withTimeout<T>(
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
    if (error instanceof UpstreamRejectedError) throw error;
    throw new UpstreamCallError(name, kind, error);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onAbort);
  }
}

/** Breakers open on network errors, timeouts, 5xx and 429 alone, never on a refusal that concerns one request. */
function isBreakerFailure(error: unknown): boolean {
  if (error instanceof UpstreamCallError) return error.kind !== 'aborted';
  return (
    error instanceof UpstreamRejectedError &&
    error.status !== undefined &&
    (error.status >= 500 || error.status === 429)
  );
}

const CONNECTION_FAILURE_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function isConnectionFailure(cause: unknown): boolean {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string' && CONNECTION_FAILURE_CODES.has(error.code)) return true;
  }
  return false;
}

function stateName(state: CircuitState): BreakerState {
  return state === CircuitState.Closed ? 'closed' : state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
