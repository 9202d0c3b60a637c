import { FakeServer, type FakeServerOptions, type RecordedRequest } from './fake-server.ts';
import type { Fault } from './faults.ts';
import type { GenerateRequest, Part, Script, ScriptedResponse, Usage } from './gemini-types.ts';
import { createSignature, findRequestError } from './gemini-validation.ts';
import type { FakeResponse } from './http-io.ts';
import { generateByRules } from './rule-based-model.ts';

export type { GenerateRequest, Script, ScriptedResponse, Usage } from './gemini-types.ts';

/** A request with the model in its path; undefined if the path names no model. */
export interface GeminiRequest extends RecordedRequest {
  readonly model: string | undefined;
}

export interface FakeGeminiOptions extends FakeServerOptions {
  apiKey?: string;
  /** The available models; any other is 404. */
  models?: string[];
}

const MODELS = ['gemini-3.8-flash', 'gemini-3.5-flash-lite', 'gemini-3.5-flash', 'gemini-2.5-flash'];

/** generateContent of the Gemini API v1beta, with validation. Responses come from a script or from the rule-based model. */
export class FakeGemini extends FakeServer<GeminiRequest> {
  /** The value that `x-goog-api-key` must have. */
  apiKey: string;
  readonly models: Set<string>;
  #queue: ScriptedResponse[] = [];
  #script: Script = generateByRules;
  #serial = 0;

  constructor(options: FakeGeminiOptions) {
    super(options);
    this.apiKey = options.apiKey ?? 'sandbox-gemini-key';
    this.models = new Set(options.models ?? MODELS);
  }

  /**
   * Sets the responses to valid requests. A list is used once, one response per request; after it the previous script
   * applies again. A function produces all further responses. `null` restores the rule-based model.
   */
  scriptResponses(script: ScriptedResponse[] | Script | null): void {
    if (Array.isArray(script)) this.#queue.push(...script);
    else {
      this.#queue = [];
      this.#script = script ?? generateByRules;
    }
  }

  override reset(): Promise<void> {
    this.scriptResponses(null);
    return super.reset();
  }

  protected override extendRecord(request: RecordedRequest): GeminiRequest {
    const [, model] = /^\/v1[a-z0-9]*\/models\/([^/:]+)/.exec(request.path) ?? [];
    return Object.assign(request, { model: model === undefined ? undefined : decodeURIComponent(model) });
  }

  protected override buildErrorBody({ status, retryAfter }: Fault & { kind: 'status' }): unknown {
    const [name, message] = ERRORS[status] ?? ['UNKNOWN', 'Error.'];
    const details = retryAfter === undefined ? [] : [retryInfo(retryAfter)];
    return errorBody(status, name, message, details);
  }

  protected override async handle(request: GeminiRequest): Promise<FakeResponse> {
    const key = request.headers['x-goog-api-key'] ?? request.query.get('key');
    if (!key) return errorResponse(403, 'PERMISSION_DENIED', KEY_MISSING);
    if (key !== this.apiKey) return errorResponse(400, 'INVALID_ARGUMENT', KEY_INVALID, keyDetails());
    if (request.method === 'GET') return this.#describeModels(request);
    const [, version = '', action] = /^\/(v1[a-z0-9]*)\/models\/[^/:]+:(\w+)$/.exec(request.path) ?? [];
    if (request.method !== 'POST' || action !== 'generateContent' || request.model === undefined)
      return METHOD_NOT_FOUND;
    if (version !== 'v1beta' || !this.models.has(request.model)) return modelNotFound(request.model, version);
    const reason = findRequestError(request.body, request.model);
    if (reason !== undefined) return errorResponse(400, 'INVALID_ARGUMENT', reason);
    const body = request.body as GenerateRequest;
    const scripted = this.#queue.shift() ?? (await this.#script(body, request.model));
    return { status: 200, body: this.#buildResponse(scripted, body, request.model) };
  }

  #describeModels({ path, model }: GeminiRequest): FakeResponse {
    const describe = (name: string) => ({
      name: `models/${name}`,
      displayName: name,
      supportedGenerationMethods: ['generateContent', 'countTokens'],
    });
    if (path === '/v1beta/models') return { status: 200, body: { models: [...this.models].map(describe) } };
    if (path === `/v1beta/models/${model}` && model && this.models.has(model))
      return { status: 200, body: describe(model) };
    return METHOD_NOT_FOUND;
  }

  #buildResponse(scripted: ScriptedResponse, request: GenerateRequest, model: string) {
    this.#serial += 1;
    const parts = this.#buildParts(scripted, model);
    const common = {
      usageMetadata: countTokens(request, parts, scripted.usage),
      modelVersion: model,
      responseId: `fake-response-${this.#serial}`,
    };
    if ('blockReason' in scripted) return { promptFeedback: { blockReason: scripted.blockReason }, ...common };
    const finishReason = 'finishReason' in scripted ? (scripted.finishReason ?? 'STOP') : 'STOP';
    const content = parts.length > 0 ? { parts, role: 'model' } : { role: 'model' };
    return { candidates: [{ content, finishReason, index: 0 }], ...common };
  }

  #buildParts(scripted: ScriptedResponse, model: string): Part[] {
    if ('parts' in scripted) return scripted.parts;
    const text: Part[] = 'text' in scripted && scripted.text !== undefined ? [{ text: scripted.text }] : [];
    if (!('functionCalls' in scripted)) return text;
    const calls = scripted.functionCalls.map(({ name, args = {} }, index): Part => {
      const functionCall = { id: `call-${this.#serial}-${index + 1}`, name, args };
      // Google signs only the first of several parallel calls.
      return index === 0
        ? { functionCall, thoughtSignature: createSignature(model, name, this.#serial) }
        : { functionCall };
    });
    return [...text, ...calls];
  }
}

const KEY_MISSING =
  "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to request this API.";
const KEY_INVALID = 'API key not valid. Please pass a valid API key.';
const METHOD_NOT_FOUND: FakeResponse = { status: 404, body: '<html><title>Error 404 (Not Found)!!1</title></html>' };
const ERRORS: Record<number, [status: string, message: string]> = {
  400: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  429: ['RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.'],
  500: ['INTERNAL', 'An internal error has occurred.'],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
};

function errorBody(code: number, status: string, message: string, details: unknown[] = []) {
  return { error: { code, message, status, ...(details.length > 0 && { details }) } };
}

function errorResponse(code: number, status: string, message: string, details: unknown[] = []): FakeResponse {
  return { status: code, body: errorBody(code, status, message, details) };
}

function modelNotFound(model: string, version: string): FakeResponse {
  const message = `models/${model} is not found for API version ${version}, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`;
  return errorResponse(404, 'NOT_FOUND', message);
}

function retryInfo(seconds: number) {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` };
}

function keyDetails(): unknown[] {
  return [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
    { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message: KEY_INVALID },
  ];
}

/** Estimates one token per four characters; an unscripted total is the sum. */
function countTokens(request: GenerateRequest, parts: Part[], scripted: Usage = {}): Usage {
  const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);
  const promptTokenCount = scripted.promptTokenCount ?? tokens(request);
  const candidatesTokenCount = scripted.candidatesTokenCount ?? tokens(parts);
  const thoughtsTokenCount = scripted.thoughtsTokenCount ?? 0;
  const totalTokenCount = scripted.totalTokenCount ?? promptTokenCount + candidatesTokenCount + thoughtsTokenCount;
  return { ...scripted, promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount };
}

/** Starts a fake Gemini on 127.0.0.1. */
export async function startFakeGemini(options: FakeGeminiOptions = {}): Promise<FakeGemini> {
  return new FakeGemini(options).open();
}
