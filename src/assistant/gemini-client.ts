import type {
  Content,
  FunctionCall,
  FunctionCallingConfigMode,
  FunctionDeclaration,
  GenerateContentResponse,
} from '@google/genai/web';
import type { Events } from '../events.ts';
import { type Http, OneTimeBody } from '../http.ts';
import { loadedOnce } from '../loaded-once.ts';
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

/** `FunctionCallingConfigMode.NONE`, without loading the SDK for it. */
const CALLS_OFF = 'NONE' as FunctionCallingConfigMode;

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
  http: Pick<Http, 'fetch' | 'warmUp' | 'close'>;
  upstream: Upstream;
  events: Events;
}): GeminiClient {
  const declared = Buffer.from(`"tools":${JSON.stringify([{ functionDeclarations: options.declarations }])}`);
  const fetchDeclared: Http['fetch'] = (url, init = {}) =>
    options.http.fetch(url, { ...init, body: new OneTimeBody(withDeclarations(String(init.body), declared)) });
  // The service must be up at once: the SDK is loaded later. Its build for browsers: the one for Node brings Google's login,
  // which nobody with an API key needs, and 20 MB with it.
  const sdk = loadedOnce(async () => {
    const { GoogleGenAI } = await import('@google/genai/web');
    return new GoogleGenAI({
      apiKey: options.apiKey,
      apiVersion: 'v1beta',
      httpOptions: {
        ...(options.baseUrl ? { baseUrl: options.baseUrl } : {}),
        fetch: fetchDeclared as typeof fetch,
      },
    });
  });

  async function ask(model: string, request: ModelRequest, signal: AbortSignal): Promise<GenerateContentResponse> {
    const { models } = await sdk();
    try {
      return await models.generateContent({
        model,
        contents: request.contents,
        config: {
          systemInstruction: request.system,
          abortSignal: signal,
          automaticContinuation: false,
          automaticFunctionCalling: { disable: true },
          tools: [{ functionDeclarations: [] }],
          ...(request.callsOff ? { toolConfig: { functionCallingConfig: { mode: CALLS_OFF } } } : {}),
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
      await Promise.all([sdk(), options.http.warmUp()]);
    },
    close: () => options.http.close(),
  };
}

/** The place of the declarations in a request: the last one, because arguments of earlier calls may look the same. */
const UNDECLARED = '"tools":[{"functionDeclarations":[]}]';

/** Declares the functions, 7 KB that are the same in every request: neither the SDK nor JSON goes through them each time. */
function withDeclarations(body: string, declared: Buffer): Buffer {
  const at = body.lastIndexOf(UNDECLARED);
  if (at < 0) throw new Error('the SDK left no place for the declarations of functions');
  return Buffer.concat([Buffer.from(body.slice(0, at)), declared, Buffer.from(body.slice(at + UNDECLARED.length))]);
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
