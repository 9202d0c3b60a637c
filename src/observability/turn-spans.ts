import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { EventRecord, Events } from '../events.ts';
import { type TraceIds, toTraceId } from './trace-ids.ts';

/** A step of a turn that has ended, as its event describes it. */
interface Step {
  name: string;
  kind: SpanKind;
  durationMs: number;
  attributes: Attributes;
  /** Why it failed, one word; null for success. */
  error: string | null;
}

/**
 * Records each attempt of a turn as a span, and its steps below it. The steps are those that the events report when they end,
 * so spans contain what events contain: no text, name or number.
 */
export function traceTurns(events: Events, tracer: Tracer, ids: TraceIds): Events {
  const attempts = new Map<string, Span>();

  events.on((event) => {
    const attempt = event.turnId === undefined ? undefined : attempts.get(event.turnId);
    if (!attempt) return;
    const step = describeStep(event);
    if (step) recordStep(attempt, step, event.at);
    else describeAttempt(attempt, event);
  });

  function recordStep(attempt: Span, { name, kind, durationMs, attributes, error }: Step, endedAt: number): void {
    const options = { kind, attributes, startTime: endedAt - durationMs };
    const span = tracer.startSpan(name, options, trace.setSpan(ROOT_CONTEXT, attempt));
    if (error !== null) fail(span, error);
    span.end(endedAt);
  }

  return {
    ...events,
    runWithContext(context, work) {
      const { turnId } = context;
      if (turnId === undefined) return events.runWithContext(context, work);
      const traceId = toTraceId(turnId);
      const attempt = ids.withTraceId(traceId, () => tracer.startSpan('turn', { root: true, kind: SpanKind.CONSUMER }));
      attempts.set(turnId, attempt);
      const end = () => {
        if (attempts.get(turnId) === attempt) attempts.delete(turnId);
        attempt.end();
      };
      return runThen(() => events.runWithContext({ ...context, traceId }, work), end);
    },
  };
}

/** Runs `work`, then calls `end`, also after an error. If `work` returns a promise, calls `end` when the promise settles. */
function runThen<T>(work: () => T, end: () => void): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) return result.finally(end) as T;
  end();
  return result;
}

/** @returns the completed step of an event; null for an event without a step */
function describeStep(event: EventRecord): Step | null {
  switch (event.type) {
    case 'turn.identified': {
      const { outcome, durationMs } = event;
      const error = outcome === 'failed' ? outcome : null;
      return { name: 'identify', kind: SpanKind.INTERNAL, durationMs, attributes: { 'sapa.outcome': outcome }, error };
    }
    case 'model.called':
      return describeModelRequest(event);
    case 'tool.called':
      return describeTool(event.tool, event.durationMs, event.ok ? null : 'failed', false);
    case 'tool.prefetched':
      return describeTool(event.tool, event.durationMs, event.outcome === 'ok' ? null : event.outcome, true);
    case 'upstream.called': {
      const { upstream, operation, outcome, reason, durationMs } = event;
      // The requests to Gemini are described by `model.called`.
      if (upstream === 'gemini') return null;
      const error = outcome === 'ok' ? null : outcome === 'rejected' ? reason : outcome;
      const attributes = { 'sapa.upstream': upstream, 'sapa.operation': operation };
      return { name: `${upstream} ${operation}`, kind: SpanKind.CLIENT, durationMs, attributes, error };
    }
    default:
      return null;
  }
}

/** @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ */
function describeModelRequest(event: Extract<EventRecord, { type: 'model.called' }>): Step {
  const { model, outcome, durationMs, responseModel, finishReason } = event;
  const attributes: Attributes = {
    'gen_ai.operation.name': 'generate_content',
    'gen_ai.provider.name': 'gcp.gemini',
    'gen_ai.request.model': model,
  };
  if (responseModel !== '') attributes['gen_ai.response.model'] = responseModel;
  if (finishReason !== '') {
    attributes['gen_ai.response.finish_reasons'] = [finishReason];
    attributes['gen_ai.usage.input_tokens'] = event.tokensIn + event.tokensCached;
    attributes['gen_ai.usage.cache_read.input_tokens'] = event.tokensCached;
    attributes['gen_ai.usage.output_tokens'] = event.tokensOut + event.tokensThought;
    attributes['gen_ai.usage.reasoning.output_tokens'] = event.tokensThought;
  }
  const error = outcome === 'ok' ? null : outcome;
  return { name: `generate_content ${model}`, kind: SpanKind.CLIENT, durationMs, attributes, error };
}

function describeTool(tool: string, durationMs: number, error: string | null, isPrefetched: boolean): Step {
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
    'gen_ai.tool.type': 'function',
    'sapa.tool.prefetched': isPrefetched,
  };
  return { name: `execute_tool ${tool}`, kind: SpanKind.INTERNAL, durationMs, attributes, error };
}

/** Adds the attributes of an event about the attempt itself. */
function describeAttempt(attempt: Span, event: EventRecord): void {
  switch (event.type) {
    case 'turn.started':
      attempt.setAttributes({
        'sapa.turn.kind': event.kind,
        'sapa.turn.attempt': event.attempt,
        'sapa.turn.messages': event.seqs.length,
        'sapa.turn.waited_ms': event.waitedMs,
      });
      return;
    case 'turn.joined':
      attempt.setAttribute('sapa.turn.messages', event.seqs.length);
      return;
    case 'turn.finished':
      attempt.setAttribute('sapa.outcome', event.outcome);
      return;
    case 'turn.dropped':
    case 'turn.postponed':
      attempt.setAttribute('sapa.outcome', event.type === 'turn.dropped' ? event.reason : 'postponed');
      return;
    case 'turn.retrying':
      attempt.setAttribute('sapa.outcome', 'retrying');
      fail(attempt, `${event.upstream}: ${event.reason}`);
      return;
    case 'turn.dead-lettered':
      attempt.setAttribute('sapa.outcome', 'dead-lettered');
      fail(attempt, `${event.upstream}: ${event.reason}`);
      return;
    case 'turn.failed':
      fail(attempt, event.name);
  }
}

function fail(span: Span, reason: string): void {
  span.setAttribute('error.type', reason);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
