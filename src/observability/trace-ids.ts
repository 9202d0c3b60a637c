import { randomBytes } from 'node:crypto';

/** Generates the ids of spans and traces, as OpenTelemetry's `IdGenerator`. */
export interface TraceIds {
  generateTraceId(): string;
  generateSpanId(): string;
  /** Runs `start` with this trace id for the trace that it starts. */
  withTraceId<T>(traceId: string, start: () => T): T;
}

/** Converts the id of a turn, a UUID, to the id of its trace: all attempts of a turn, in any process, are one trace. */
export function toTraceId(turnId: string): string {
  const id = turnId.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(id) ? id : randomBytes(16).toString('hex');
}

export function createTraceIds(): TraceIds {
  let next: string | null = null;
  return {
    generateTraceId: () => next ?? randomBytes(16).toString('hex'),
    generateSpanId: () => randomBytes(8).toString('hex'),
    withTraceId(traceId, start) {
      next = traceId;
      try {
        return start();
      } finally {
        next = null;
      }
    },
  };
}
