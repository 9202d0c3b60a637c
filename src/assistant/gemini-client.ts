import type { Content, FunctionCall, FunctionDeclaration, GenerateContentResponse } from '@google/genai/web';
import type { Events } from '../events.ts';
import { loadedOnce } from '../loaded-once.ts';
import type { HttpClient } from '../upstream/http-client.ts';
import { type Upstream, UpstreamFailure, UpstreamOpen, UpstreamRefusal } from '../upstream.ts';

export interface ModelRequest {
  system: string;
  contents: Content[];
  /** True: it knows its functions (earlier calls are in `contents`) but may only speak now. */
  callsOff?: boolean;
  signal?: AbortSignal | undefined;
}

/** `cut`: it ran out of tokens; `blocked`: it may not answer; `empty`: it said nothing that can be used. */
export type Finish = 'answered' | 'cut' | 'blocked' | 'empty';

export interface ModelAnswer {
  finish: Finish;
  /** Gemini's own word for how it ended, for events. */
  reason: string;
  /** Without thoughts; empty where it only calls functions. */
  text: string;
  calls: FunctionCall[];
  /** What it said, verbatim, to be given back in a tool loop (it carries thought signatures). */
  content: Content | null;
  tokens: { in: number; out: number; thought: number; total: number };
}

export interface GeminiClient {
  /** One request to one model, bounded by the time limit. @throws UpstreamRefusal, UpstreamFailure, UpstreamOpen */
  generate(model: string, request: ModelRequest): Promise<ModelAnswer>;
  /** Loads the SDK: the first question is then not held up by it. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** Finish reasons that mean the model may not answer this, whoever asks. @see FinishReason of @google/genai */
const BLOCKED = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);
/** Longest stretch of Gemini's own words that is kept for operators. */
const REASON_LENGTH = 300;

/**
 * Gemini through @google/genai: API v1beta (what the plan's system uses), no retries and no continuation of its own,
 * bounded by our signal alone (its `timeout` option is sent to Google, which refuses values under 10 s).
 */
export function createGeminiClient(options: {
  apiKey: string;
  baseUrl?: string | undefined;
  timeoutMs: number;
  /** Functions the model knows. */
  declarations: readonly FunctionDeclaration[];
  http: Pick<HttpClient, 'fetch' | 'close'>;
  upstream: Upstream;
  events: Events;
}): GeminiClient {
  const bodyOf = bodyWith(options.declarations);
  // The service must be up at once: the SDK is loaded later. Its build for browsers: the one for Node brings Google's login,
  // which nobody with an API key needs, and 20 MB with it.
  const sdk = loadedOnce(async () => {
    const { GoogleGenAI } = await import('@google/genai/web');
    return new GoogleGenAI({
      apiKey: options.apiKey,
      apiVersion: 'v1beta',
      httpOptions: { ...(options.baseUrl ? { baseUrl: options.baseUrl } : {}), fetch: refuseToFetch },
    });
  });

  async function ask(model: string, request: ModelRequest, signal: AbortSignal): Promise<GenerateContentResponse> {
    const { models } = await sdk();
    const fetchWithBody: HttpClient['fetch'] = (url, init) =>
      options.http.fetch(url, { ...init, body: bodyOf(request) });
    try {
      return await models.generateContent({
        model,
        contents: WRITTEN_BY_US,
        config: {
          abortSignal: signal,
          automaticContinuation: false,
          httpOptions: { fetch: fetchWithBody },
        },
      });
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  }

  return {
    async generate(model, request) {
      const startedAt = performance.now();
      const tell = (outcome: string, tokens = NO_TOKENS) =>
        options.events.emit({
          type: 'model.called',
          model,
          outcome,
          durationMs: Math.round(performance.now() - startedAt),
          tokensIn: tokens.in,
          tokensOut: tokens.out,
          tokensThought: tokens.thought,
        });
      try {
        const bounds = { timeoutMs: options.timeoutMs, signal: request.signal };
        const response = await options.upstream.call('generate', (signal) => ask(model, request, signal), bounds);
        const answer = answerOf(response);
        tell(answer.finish === 'answered' ? 'ok' : `${answer.finish}: ${answer.reason}`, answer.tokens);
        return answer;
      } catch (error) {
        tell(outcomeOf(error));
        throw error;
      }
    },
    async warmUp() {
      await sdk();
    },
    close: () => options.http.close(),
  };
}

/** Every request has a fetch of its own: one that comes here would be sent with what `WRITTEN_BY_US` stands for. */
const refuseToFetch: HttpClient['fetch'] = () => Promise.reject(new Error('a request to Gemini without its body'));

/** Stands for what is said in the request that the SDK would write. */
const WRITTEN_BY_US = '-';

/**
 * Writes requests' bodies as the SDK would (`test/src/assistant/gemini-client.test.ts` compares them): that looks up some
 * seventeen fields in each part of a long history, and converts the functions each time, 7 KB that are always the same.
 */
function bodyWith(declarations: readonly FunctionDeclaration[]): (request: ModelRequest) => Buffer<ArrayBuffer> {
  const always = `,"tools":${JSON.stringify([{ functionDeclarations: declarations }])},"generationConfig":{}`;
  const toolConfig = { functionCallingConfig: { mode: 'NONE' } };
  const end = Buffer.from(`${always}}`);
  const endWithoutCalls = Buffer.from(`${always},"toolConfig":${JSON.stringify(toolConfig)}}`);
  return ({ contents, system, callsOff }) => {
    const systemInstruction = { role: 'user', parts: [{ text: system }] };
    const said = JSON.stringify({ contents, systemInstruction }).slice(0, -1);
    return Buffer.concat([Buffer.from(said), callsOff ? endWithoutCalls : end]);
  };
}

const NO_TOKENS = { in: 0, out: 0, thought: 0, total: 0 };

function outcomeOf(error: unknown): string {
  if (error instanceof UpstreamRefusal) return error.label;
  if (error instanceof UpstreamFailure) return error.kind;
  return error instanceof UpstreamOpen ? 'breaker-open' : 'failed';
}

/** An answer with its finish reason understood; `.text` of the SDK is not used, because it warns and may be undefined. */
function answerOf(response: GenerateContentResponse): ModelAnswer {
  const candidate = response.candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const text = parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('');
  const calls = parts.flatMap((part) => (part.functionCall ? [part.functionCall] : []));
  const blockReason = response.promptFeedback?.blockReason;
  const reason = blockReason ?? candidate?.finishReason ?? 'NONE';
  const usage = response.usageMetadata;
  return {
    finish: finishOf(blockReason !== undefined, reason, text.trim() !== '', calls.length > 0),
    reason,
    text,
    calls,
    content: candidate?.content ?? null,
    tokens: {
      in: countOf(usage?.promptTokenCount),
      out: countOf(usage?.candidatesTokenCount),
      thought: countOf(usage?.thoughtsTokenCount),
      total: countOf(usage?.totalTokenCount),
    },
  };
}

/** A count as Gemini gives it; what is none counts nothing, and must not reach the store. */
function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}

function finishOf(promptBlocked: boolean, reason: string, speaks: boolean, calls: boolean): Finish {
  if (promptBlocked || BLOCKED.has(reason)) return 'blocked';
  if (reason === 'MAX_TOKENS') return speaks ? 'cut' : 'empty';
  return speaks || calls ? 'answered' : 'empty';
}

/** The SDK's ApiError (status, and Google's JSON as its message) as a refusal; null for anything else. */
function refusalOf(error: unknown): UpstreamRefusal | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  const { status } = error;
  const body = googleError(error.message);
  const retryAfterMs = retryDelayOf(body.details);
  return new UpstreamRefusal('gemini', {
    reason: `${status} ${body.status ?? ''} ${body.message ?? ''}`.trim().slice(0, REASON_LENGTH),
    label: String(status),
    permanent: status >= 400 && status < 500 && status !== 404 && status !== 408 && status !== 429,
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

interface GoogleError {
  message?: string;
  status?: string;
  details?: unknown;
}

function googleError(text: string): GoogleError {
  try {
    const parsed = JSON.parse(text) as { error?: GoogleError } | null;
    return parsed?.error ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return { message: text };
    throw error;
  }
}

/** `retryDelay` of a RetryInfo («3s», «1.5s») in ms. @see https://ai.google.dev/gemini-api/docs/rate-limits */
function retryDelayOf(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details as { retryDelay?: unknown }[]) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(String(detail?.retryDelay ?? ''))?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return undefined;
}
