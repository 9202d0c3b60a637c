import type { UpstreamName } from '../events.ts';

/** The upstream rejected the request (HTTP error or `status: false`). */
export class UpstreamRejectedError extends Error {
  readonly upstream: UpstreamName;
  /** The upstream's own words: for operators, never for logs. */
  readonly reason: string;
  /** Do not retry. */
  readonly permanent: boolean;
  /** HTTP status. */
  readonly status: number | undefined;
  /** The delay that the upstream asked for, in ms. */
  readonly retryAfterMs: number | undefined;
  /** One word for logs and metrics, without personal data. */
  readonly label: string;

  constructor(
    upstream: UpstreamName,
    details: { reason: string; label: string; permanent: boolean; status?: number; retryAfterMs?: number },
  ) {
    super(`${upstream} rejected the request: ${details.label}`);
    this.upstream = upstream;
    this.reason = details.reason;
    this.label = details.label;
    this.permanent = details.permanent;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The request did not complete. */
export class UpstreamCallError extends Error {
  readonly upstream: UpstreamName;
  readonly kind: 'timeout' | 'network' | 'aborted';
  /** Whether the upstream may have processed the request. False when no connection was opened. */
  readonly outcomeUnknown: boolean;

  constructor(upstream: UpstreamName, kind: 'timeout' | 'network' | 'aborted', cause: unknown) {
    super(`${upstream} call failed: ${kind}`, { cause });
    this.upstream = upstream;
    this.kind = kind;
    this.outcomeUnknown = !isConnectionFailure(cause);
  }
}

/** The circuit breaker is open: no request was sent. */
export class CircuitOpenError extends Error {
  readonly upstream: UpstreamName;

  constructor(upstream: UpstreamName) {
    super(`${upstream}: circuit breaker is open`);
    this.upstream = upstream;
  }
}

export type UpstreamError = UpstreamRejectedError | UpstreamCallError | CircuitOpenError;

export function isUpstreamError(error: unknown): error is UpstreamError {
  return (
    error instanceof UpstreamRejectedError || error instanceof UpstreamCallError || error instanceof CircuitOpenError
  );
}

/** Error codes of a connection that was not opened, so that no request was sent. */
const CONNECTION_FAILURE_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether `cause` or one of its causes has one of those codes. */
function isConnectionFailure(cause: unknown): boolean {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string' && CONNECTION_FAILURE_CODES.has(error.code)) return true;
  }
  return false;
}
