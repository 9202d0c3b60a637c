import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { createTrackedServer } from '../../sandbox/tracked-server.ts';

/** A span as a collector receives it. `attributes` have their plain values. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  failed: boolean;
  attributes: Record<string, unknown>;
}

type OtlpValue = { stringValue?: string; intValue?: number; boolValue?: boolean; arrayValue?: { values: OtlpValue[] } };
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status?: { code?: number };
  attributes: { key: string; value: OtlpValue }[];
}

/** Starts an OpenTelemetry collector for OTLP over HTTP with JSON, closed with the test. `hangs`: it never answers. */
export async function startCollector(t: Test, { hangs = false } = {}) {
  const bodies: string[] = [];
  const requested = Promise.withResolvers<void>();
  const { server, destroyConnections } = createTrackedServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString());
    requested.resolve();
    if (!hangs) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    destroyConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Everything that it received, as text. */
    text: () => bodies.join('\n'),
    /** Resolves when the first request has arrived. */
    requested: requested.promise,
    spans: (): ReceivedSpan[] => bodies.flatMap(readSpans),
  };
}

function readSpans(body: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[] };
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ traceId, spanId, parentSpanId, name, status, attributes }) => ({
      traceId,
      spanId,
      parentSpanId: parentSpanId || undefined,
      name,
      failed: status?.code === 2,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, toPlain(value)])),
    }));
}

function toPlain({ stringValue, intValue, boolValue, arrayValue }: OtlpValue): unknown {
  if (arrayValue) return arrayValue.values.map(toPlain);
  return stringValue ?? boolValue ?? (intValue === undefined ? undefined : Number(intValue));
}
