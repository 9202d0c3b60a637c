import {
  type Content,
  FunctionCallingConfigMode,
  type FunctionDeclaration,
  type GenerateContentConfig,
  type GenerateContentParameters,
  GoogleGenAI,
} from '@google/genai/web';
import type { HttpClient } from '../upstream/http-client.ts';
import { toUpstreamRejection } from './gemini-error.ts';
import { createFileBody } from './request/file-body.ts';
import { type ModelAnswer, parseAnswer } from './response/model-response.ts';

/** The content of one request. */
export interface ModelRequest {
  system: string;
  contents: Content[];
  /** True: the model must not call functions; earlier calls may be in `contents`. */
  toolsDisabled?: boolean;
}

export interface GeminiClient {
  /** Sends one request to one model. @throws UpstreamRejectedError for Google's error responses; other errors of the SDK unchanged */
  generate(model: string, request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
  close(): Promise<void>;
}

/** Visible tokens of the longest answer: about three WhatsApp parts. */
const MAX_VISIBLE_TOKENS = 4_096;
/** Tokens for thinking: the default maximum of Gemini 2.5. @see https://ai.google.dev/gemini-api/docs/thinking */
const MAX_THINKING_TOKENS = 8_192;

/**
 * Creates the Gemini client: the SDK with API v1beta. The caller's signal is the only time limit, because
 * Google rejects a `timeout` under 10 s. The SDK does not retry unless configured. The `/web` build avoids loading Google's
 * login (20 MB), which an API key does not need.
 */
export function createGeminiClient(options: {
  apiKey: string;
  /** Default: Google's address. */
  baseUrl?: string | undefined;
  /** Functions that the model may call. */
  declarations: readonly FunctionDeclaration[];
  http: Pick<HttpClient, 'fetch' | 'close'>;
}): GeminiClient {
  const tools = [{ functionDeclarations: [...options.declarations] }];
  const declared = new Set(options.declarations.map(({ name = '' }) => name));
  const { apiKey, baseUrl, http } = options;
  const { models } = new GoogleGenAI({
    apiKey,
    apiVersion: 'v1beta',
    httpOptions: baseUrl ? { baseUrl } : {},
  });

  return {
    async generate(model, { system, contents, toolsDisabled }, signal) {
      const config: GenerateContentConfig = {
        ...outputLimits(model),
        systemInstruction: system,
        tools,
        ...(toolsDisabled ? { toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.NONE } } } : {}),
        automaticFunctionCalling: { disable: true },
        automaticContinuation: false,
        abortSignal: signal,
        // The SDK appends `extraBody`, so a request begins with the bytes that all requests share; its own `contents` come first.
        httpOptions: { fetch: fetchWithFiles(http.fetch, contents), extraBody: { contents } },
      };
      try {
        const request = { model, config } as GenerateContentParameters;
        return parseAnswer(await models.generateContent(request), { declared, toolsDisabled });
      } catch (error) {
        throw toUpstreamRejection(error) ?? error;
      }
    },
    close: () => http.close(),
  };
}

/** Returns a fetch that sends the files of `contents` in chunks. */
function fetchWithFiles(fetch: HttpClient['fetch'], contents: readonly Content[]): typeof globalThis.fetch {
  return (url, init = {}) => {
    const files = typeof init.body === 'string' ? createFileBody(init.body, contents) : null;
    if (!files) return fetch(url, init);
    const headers = new Headers(init.headers);
    headers.set('content-length', String(files.length));
    return fetch(url, { ...init, headers, body: files.body, duplex: 'half' } as RequestInit);
  };
}

/**
 * Gemini counts thinking tokens in `maxOutputTokens`, so a thinking model gets its thinking tokens in addition to the visible
 * ones. Only Gemini 2.5 has a separate limit (`thinkingBudget`); newer models use levels and reject requests that contain both
 * (400). Older models do not think, and Flash-Lite 2.5 thinks only with a budget.
 */
function outputLimits(model: string): Pick<GenerateContentConfig, 'maxOutputTokens' | 'thinkingConfig'> {
  if (/^gemini-(?:1\.|2\.0|2\.5-flash-lite)/.test(model)) return { maxOutputTokens: MAX_VISIBLE_TOKENS };
  return {
    maxOutputTokens: MAX_VISIBLE_TOKENS + MAX_THINKING_TOKENS,
    ...(/^gemini-2\.5-/.test(model) ? { thinkingConfig: { thinkingBudget: MAX_THINKING_TOKENS } } : {}),
  };
}
