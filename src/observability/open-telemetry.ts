import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Events } from '../events.ts';
import { version } from '../version.ts';
import { createTraceIds } from './trace-ids.ts';
import { traceTurns } from './turn-spans.ts';

/** Records traces of turns and sends them to an OpenTelemetry collector. */
export interface Tracing {
  /** Returns the events of a service whose turns are recorded. */
  trace(events: Events): Events;
  /** Sends what was recorded; gives up after `MAX_FLUSH_MS`. */
  shutdown(): Promise<void>;
}

/** Time for sending the last spans at shutdown, ms: a collector that does not answer must not delay it. */
const MAX_FLUSH_MS = 2_000;

/**
 * Starts OpenTelemetry for traces only. It reads its variables from the process environment, so those of the environment file
 * are added there. Spans are sent in batches in the background; when their queue is full, new ones are dropped.
 */
export function createTracing(variables: Readonly<Record<string, string>>): Tracing {
  const given = Object.entries(variables).filter(([name]) => name.startsWith('OTEL_'));
  Object.assign(process.env, { ...defaultsOf(variables), ...Object.fromEntries(given) });
  const ids = createTraceIds();
  const sdk = new NodeSDK({ idGenerator: ids, instrumentations: [], metricReaders: [], logRecordProcessors: [] });
  sdk.start();
  const tracer = trace.getTracer('sapa-whatsapp', version);
  return {
    trace: (events) => traceTurns(events, tracer, ids),
    async shutdown() {
      // A failed export is reported by OpenTelemetry's own log (OTEL_LOG_LEVEL).
      await Promise.race([sdk.shutdown().catch(() => undefined), sleep(MAX_FLUSH_MS, undefined, { ref: false })]);
      trace.disable();
    },
  };
}

/** By default, the resource names the service and no user, host, folder or command line. */
function defaultsOf({ OTEL_RESOURCE_ATTRIBUTES = '' }: Readonly<Record<string, string>>): Record<string, string> {
  return {
    OTEL_NODE_RESOURCE_DETECTORS: 'env,serviceinstance',
    ...(OTEL_RESOURCE_ATTRIBUTES.includes('service.name=') ? {} : { OTEL_SERVICE_NAME: 'sapa-whatsapp' }),
  };
}
