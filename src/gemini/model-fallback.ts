import type { Content } from '@google/genai/web';
import type { Events } from '../events.ts';
import { CircuitOpenError, UpstreamCallError, UpstreamRejectedError } from '../upstream/errors.ts';
import type { GeminiClient, ModelRequest } from './client.ts';
import type { ModelBreakers } from './model-breakers.ts';
import { hasForeignCalls, toDataForm } from './request/foreign-calls.ts';
import { createThoughtSignatures } from './request/thought-signatures.ts';
import type { ModelAnswer } from './response/model-response.ts';

/** The last models of every chain. */
const BUILT_IN_MODELS = ['gemini-3.8-flash', 'gemini-3.5-flash-lite'];
/** Time reserved for a rule-based answer and for sending the reply, ms. */
const MAX_RESERVE_MS = 3_000;

/** A message to a model that wrote a function call as text, never shown to a user. */
const WRITTEN_CALL_REQUEST: Content = {
  role: 'user',
  parts: [
    {
      text:
        'Jawaban tadi berisi pemanggilan fungsi yang ditulis sebagai teks dan tidak dapat dijalankan. Panggil fungsi yang ' +
        'tersedia dengan mekanisme pemanggilan fungsi, atau jawab dengan kalimat biasa. Jangan menyebut permintaan ini.',
    },
  ],
};

/** A request to the chain: the first model that answers wins. */
interface ChainRequest extends ModelRequest {
  /** Deadline of the turn, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** Cancels the request. */
  signal?: AbortSignal | undefined;
}

/** The answer and its model. `tokens` counts all requests of the pass, including those with an empty answer. */
interface ModelResult {
  model: string;
  answer: ModelAnswer;
  tokens: number;
}

export interface ModelFallback {
  /**
   * Runs one pass: tries each usable model once, `preferred` first, until one answers. Returns an empty answer only if no
   * model gave another one.
   * @throws UpstreamRejectedError if Gemini rejected the request (permanent), or no model answered (`retryAfterMs` as Google
   * asked); UpstreamCallError if aborted; CircuitOpenError if every breaker is open
   */
  ask(request: ChainRequest, preferred?: string): Promise<ModelResult>;
}

/** Builds the chain without duplicates: the configured models in their order, then the built-in ones. */
export function buildModelChain(configured: readonly string[]): string[] {
  return [...new Set([...configured, ...BUILT_IN_MODELS].map((name) => name.replace(/^models\//, '')))];
}

/** Sends requests to the models of the chain, each through its own circuit breaker. */
export function createModelFallback(options: {
  chain: readonly string[];
  gemini: Pick<GeminiClient, 'generate'>;
  breakers: ModelBreakers;
  /** Maximum time for one attempt, ms. */
  timeoutMs: number;
  events: Events;
}): ModelFallback {
  const { chain, gemini, breakers, events } = options;
  const signatures = createThoughtSignatures();
  const rejectsForeignCalls = new Set<string>();

  return {
    async ask(request, preferred) {
      const order = preferred ? [preferred, ...chain.filter((model) => model !== preferred)] : chain;
      const failures: (UpstreamRejectedError | UpstreamCallError)[] = [];
      let empty: { model: string; answer: ModelAnswer } | undefined;
      let tokens = 0;
      for (const [index, model] of order.entries()) {
        if (!breakers.isReady(model)) continue;
        const modelsLeft = order.slice(index).filter(breakers.isReady).length;
        try {
          const answer = await attempt(model, request, attemptTimeoutMs(request.deadlineAt, modelsLeft));
          tokens += answer.tokens.total;
          if (answer.finish !== 'empty') return { model, answer, tokens };
          empty ??= { model, answer };
        } catch (error) {
          if (error instanceof CircuitOpenError) continue;
          if (!isModelFailure(error)) throw error;
          if (error instanceof UpstreamRejectedError && error.status === 404) breakers.disable(model);
          failures.push(error);
        }
      }
      if (empty) return { ...empty, tokens };
      const isAnyEnabled = breakers.statuses().some(({ status }) => status !== 'disabled');
      throw failures.length === 0 && isAnyEnabled ? new CircuitOpenError('gemini') : toNoModelAnswered(failures);
    },
  };

  /**
   * Makes one attempt with one model. If the model writes a function call as text that cannot be executed, asks it once more:
   * without that exchange, later requests do not contain the text. The second such answer counts as empty.
   */
  async function attempt(model: string, request: ChainRequest, timeoutMs: number): Promise<ModelAnswer> {
    const first = await sendOrAdapt(model, request, timeoutMs);
    if (first.finish !== 'unreadable-call') return first;
    const contents = [...request.contents, ...(first.content ? [first.content] : []), WRITTEN_CALL_REQUEST];
    const second = await sendOrAdapt(model, { ...request, contents }, timeoutMs);
    const finish = second.finish === 'unreadable-call' ? 'empty' : second.finish;
    const total = first.tokens.total + second.tokens.total;
    return { ...second, finish, tokens: { ...second.tokens, total } };
  }

  /**
   * Sends a request. If Google rejects it as invalid (400), repeats it once without what a model may reject: thought
   * signatures, and calls that the model did not make.
   */
  async function sendOrAdapt(model: string, request: ChainRequest, timeoutMs: number): Promise<ModelAnswer> {
    const { contents } = request;
    const hasCalls = hasForeignCalls(contents) && !rejectsForeignCalls.has(model);
    const isAnswered = contents.some(signatures.isRecorded);
    try {
      return await send(model, request, timeoutMs);
    } catch (error) {
      if (!(error instanceof UpstreamRejectedError && error.status === 400 && error.label !== 'location')) throw error;
      const isSignature = error.label === 'thought-signature';
      if (!isSignature && !hasCalls) throw error;
      if (isSignature) signatures.revoke(contents);
      const answer = await send(model, { ...request, contents: toDataForm(contents) }, timeoutMs);
      // Without an answer of a model in the request, only the calls can have been the reason.
      if (hasCalls && !isAnswered) rejectsForeignCalls.add(model);
      return answer;
    }
  }

  async function send(model: string, request: ChainRequest, timeoutMs: number): Promise<ModelAnswer> {
    const { signal, deadlineAt: _, ...rest } = request;
    const accepted = rejectsForeignCalls.has(model) ? toDataForm(request.contents) : request.contents;
    const contents = signatures.prepareFor(model, accepted);
    const startedAt = performance.now();
    const emit = (outcome: string, answer?: ModelAnswer) =>
      events.emit({
        type: 'model.called',
        model,
        outcome,
        durationMs: Math.round(performance.now() - startedAt),
        responseModel: answer?.modelVersion ?? '',
        finishReason: answer?.reason ?? '',
        tokensIn: answer?.tokens.in ?? 0,
        tokensCached: answer?.tokens.cached ?? 0,
        tokensOut: answer?.tokens.out ?? 0,
        tokensThought: answer?.tokens.thought ?? 0,
      });
    try {
      const run = (bound: AbortSignal) => gemini.generate(model, { ...rest, contents }, bound);
      const answer = await breakers.call(model, run, { timeoutMs, signal });
      if (answer.content) signatures.record(answer.content, model);
      emit(answer.finish === 'answered' ? 'ok' : `${answer.finish}: ${answer.reason}`, answer);
      return answer;
    } catch (error) {
      emit(describeOutcome(error));
      throw error;
    }
  }

  /**
   * Returns the time limit of one attempt, ms: an equal share of the remaining time, at most `timeoutMs`. After the deadline
   * the signal cancels the attempt.
   */
  function attemptTimeoutMs(deadlineAt: number, modelsLeft: number): number {
    const leftMs = deadlineAt - performance.now();
    if (leftMs <= 0) return options.timeoutMs;
    return Math.min(options.timeoutMs, (leftMs - Math.min(MAX_RESERVE_MS, leftMs / 4)) / modelsLeft);
  }
}

/** Returns whether another model may still answer: not after a permanent rejection or an aborted request. */
function isModelFailure(error: unknown): error is UpstreamRejectedError | UpstreamCallError {
  if (error instanceof UpstreamCallError) return error.kind !== 'aborted';
  return error instanceof UpstreamRejectedError && !error.permanent;
}

/** Returns the `outcome` label of the `model.called` event. */
function describeOutcome(error: unknown): string {
  if (error instanceof UpstreamRejectedError) return error.label;
  if (error instanceof UpstreamCallError) return error.kind;
  return error instanceof CircuitOpenError ? 'breaker-open' : 'failed';
}

/** Combines the failures of a pass into one transient error. */
function toNoModelAnswered(failures: readonly (UpstreamRejectedError | UpstreamCallError)[]): UpstreamRejectedError {
  const delaysMs = failures.flatMap((failure) =>
    failure instanceof UpstreamRejectedError && failure.retryAfterMs !== undefined ? [failure.retryAfterMs] : [],
  );
  const reasons = failures.map((failure) => (failure instanceof UpstreamRejectedError ? failure.reason : failure.kind));
  return new UpstreamRejectedError('gemini', {
    reason: reasons.join(' | ') || 'every model is disabled',
    label: 'no-model-answered',
    permanent: false,
    ...(delaysMs.length > 0 ? { retryAfterMs: Math.min(...delaysMs) } : {}),
  });
}
