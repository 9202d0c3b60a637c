import type { Tracing } from './open-telemetry.ts';

/** Variables that switch traces on: without one of them, OpenTelemetry would send to localhost. */
const ENDPOINT_VARIABLES = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/**
 * Starts traces as the standard `OTEL_*` variables say. The SDK of OpenTelemetry is loaded only then (prom-client loads its API).
 * @returns null when they are disabled: `OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER=none`, or neither exporter nor endpoint given
 */
export async function startTracing(variables: Readonly<Record<string, string>>): Promise<Tracing | null> {
  if (!isEnabled(variables)) return null;
  const { createTracing } = await import('./open-telemetry.ts');
  return createTracing(variables);
}

function isEnabled(variables: Readonly<Record<string, string>>): boolean {
  if (variables.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  const exporter = variables.OTEL_TRACES_EXPORTER;
  if (exporter !== undefined) return exporter !== 'none';
  return ENDPOINT_VARIABLES.some((name) => variables[name] !== undefined);
}
