import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { BreakerState, DeviceLabel, Events, RequestOutcome, UpstreamName } from '../events.ts';
import { CircuitOpenError, UpstreamCallError, UpstreamRejectedError } from './errors.ts';

/** Timeout, error classes and circuit breaker around every request to one upstream, or to one model of it. */
export interface UpstreamGuard {
  readonly name: UpstreamName;
  /**
   * Runs one request, limited as a whole by `timeoutMs` and `signal`.
   * @throws UpstreamRejectedError as thrown by `run`
   * @throws UpstreamCallError for every other failure
   * @throws CircuitOpenError while the circuit is open
   */
  call<T>(
    operation: string,
    run: (signal: AbortSignal) => Promise<T>,
    limits?: { timeoutMs?: number; signal?: AbortSignal | undefined },
  ): Promise<T>;
  /** Time in ms until the next request may be sent; 0 when the circuit is closed or due for its probe. */
  openForMs(): number;
  state(): BreakerState;
}

/** State of an upstream's circuit breaker, and for how many ms it rejects requests (0: not at all). */
export type Breaker = Pick<UpstreamGuard, 'state' | 'openForMs'>;

/** Consecutive failures that open a circuit. */
const DEFAULT_FAILURES_TO_OPEN = 5;
/** How long a circuit stays open the first time and at most, in ms. Every failed probe doubles it. */
const DEFAULT_OPEN_MS = { first: 2_000, max: 30_000 };
/** Delay in ms until a caller asks again while another caller's probe is running. */
const PROBE_WAIT_MS = 1_000;

/** Creates the guard of one upstream. It emits `upstream.called` and `breaker.changed`. */
export function createUpstreamGuard(options: {
  name: UpstreamName;
  /** The model that the breaker belongs to, for upstreams with one breaker per model. */
  model?: string;
  /** The device that the requests belong to, for FONNTE with several devices. */
  label?: DeviceLabel;
  timeoutMs: number;
  events: Events;
  openMs?: { first: number; max: number };
  /** Consecutive failures that open the circuit (default 5). Infinity disables the breaker. */
  failuresToOpen?: number;
  /** Monotonic clock in ms (default `performance.now`): a change of the system time must not keep the circuit open. */
  monotonicNow?: () => number;
  onStateChange?: () => void;
}): UpstreamGuard {
  const { name, model, label, events, openMs = DEFAULT_OPEN_MS, monotonicNow = () => performance.now() } = options;
  let openUntil = 0;
  // `call` enforces the open period (`openUntil`), because cockatiel would measure it with the system time. For cockatiel the
  // period is always over (-Infinity).
  const startOpenPeriod = (attempt: number): IBackoff<{ attempt: number }> => {
    openUntil = monotonicNow() + Math.min(openMs.max, openMs.first * 2 ** (attempt - 1));
    return { duration: Number.NEGATIVE_INFINITY, next: (context) => startOpenPeriod(context.attempt) };
  };
  // A probe that its caller aborts proves nothing. Cockatiel would close the circuit, so the probe counts as failed.
  const isFailure = (error: unknown) =>
    isBreakerFailure(error) || (error instanceof UpstreamCallError && policy.state === CircuitState.HalfOpen);
  const policy = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(options.failuresToOpen ?? DEFAULT_FAILURES_TO_OPEN),
    halfOpenAfter: { next: (context) => startOpenPeriod(context.attempt) },
  });
  policy.onStateChange((state) => {
    events.emit({
      type: 'breaker.changed',
      upstream: name,
      ...(model ? { model } : {}),
      ...label,
      state: toBreakerState(state),
    });
    options.onStateChange?.();
  });
  const openForMs = () => {
    if (policy.state === CircuitState.Closed) return 0;
    return policy.state === CircuitState.HalfOpen ? PROBE_WAIT_MS : Math.max(0, openUntil - monotonicNow());
  };

  return {
    name,
    state: () => toBreakerState(policy.state),
    openForMs,
    async call(operation, run, limits = {}) {
      const startedAt = performance.now();
      const emitOutcome = (outcome: RequestOutcome, reason = 'none') => {
        const durationMs = Math.round(performance.now() - startedAt);
        events.emit({ type: 'upstream.called', upstream: name, ...label, operation, outcome, reason, durationMs });
      };
      try {
        // In the half-open state, cockatiel would let further callers wait for the probe without a time limit.
        if (openForMs() > 0) throw new BrokenCircuitError();
        const timeoutMs = limits.timeoutMs ?? options.timeoutMs;
        const result = await policy.execute(() => runWithTimeout(name, run, timeoutMs, limits.signal));
        emitOutcome('ok');
        return result;
      } catch (error) {
        if (error instanceof BrokenCircuitError) {
          emitOutcome('breaker-open');
          throw new CircuitOpenError(name);
        }
        if (error instanceof UpstreamCallError) emitOutcome(error.kind);
        else emitOutcome('rejected', error instanceof UpstreamRejectedError ? error.label : 'unknown');
        throw error;
      }
    },
  };
}

/** Runs one request until it ends, the timeout expires or `callerSignal` aborts, even if `run` ignores its signal. */
async function runWithTimeout<T>(
  name: UpstreamName,
  run: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
): Promise<T> {
  const controller = new AbortController();
  const aborted = Promise.withResolvers<never>();
  let kind: 'timeout' | 'network' | 'aborted' = 'network';
  const stop = (cause: 'timeout' | 'aborted') => {
    kind = cause;
    controller.abort();
    aborted.reject(controller.signal.reason);
  };
  const onAbort = () => stop('aborted');
  const timer = setTimeout(stop, timeoutMs, 'timeout');
  if (callerSignal?.aborted) onAbort();
  callerSignal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([aborted.promise, run(controller.signal)]);
  } catch (error) {
    if (error instanceof UpstreamRejectedError) throw error;
    throw new UpstreamCallError(name, kind, error);
  } finally {
    clearTimeout(timer);
    callerSignal?.removeEventListener('abort', onAbort);
  }
}

/** Network errors, timeouts, 5xx and 429 open a circuit; a rejection that concerns one request does not. */
function isBreakerFailure(error: unknown): boolean {
  if (error instanceof UpstreamCallError) return error.kind !== 'aborted';
  return (
    error instanceof UpstreamRejectedError &&
    error.status !== undefined &&
    (error.status >= 500 || error.status === 429)
  );
}

function toBreakerState(state: CircuitState): BreakerState {
  return state === CircuitState.Closed ? 'closed' : state === CircuitState.HalfOpen ? 'half-open' : 'open';
}
