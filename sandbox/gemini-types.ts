/** The fields of generateContent's REST body that the fake reads; it keeps all other fields unchanged. */
export interface GenerateRequest {
  contents: Content[];
  systemInstruction?: Content;
  tools?: { functionDeclarations?: FunctionDeclaration[] }[];
  toolConfig?: { functionCallingConfig?: { mode?: string; allowedFunctionNames?: string[] } };
  generationConfig?: Record<string, unknown>;
}

/** A function that the model may call, with its parameters in one of two schema dialects. */
export interface FunctionDeclaration {
  name: string;
  description?: string;
  parameters?: { properties?: object };
  parametersJsonSchema?: { properties?: object };
}

export interface Content {
  role?: string;
  parts?: Part[];
}

export interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { id?: string; name: string; args?: Record<string, unknown> };
  functionResponse?: { id?: string; name: string; response?: Record<string, unknown> };
}

/** Token counts; missing counts are estimated from the number of characters. */
export interface Usage {
  promptTokenCount?: number;
  candidatesTokenCount?: number;
  thoughtsTokenCount?: number;
  totalTokenCount?: number;
  /** Prompt tokens from the provider's cache; present in a response only if scripted. */
  cachedContentTokenCount?: number;
}

/** A scripted response of the model. */
export type ScriptedResponse = { usage?: Usage } & (
  | { text: string }
  | { functionCalls: { name: string; args?: Record<string, unknown> }[]; text?: string }
  /** Any finishReason, with or without text: MAX_TOKENS, SAFETY, RECITATION, MALFORMED_FUNCTION_CALL … */
  | { finishReason: string; text?: string }
  /** The prompt was blocked: no candidate. */
  | { blockReason: string }
  /** A candidate without parts and finishReason STOP. */
  | { empty: true }
  /** Unchanged parts, including thoughts. */
  | { parts: Part[]; finishReason?: string }
);

/** Produces the next response; a promise lets a test delay the response. */
export type Script = (request: GenerateRequest, model: string) => ScriptedResponse | Promise<ScriptedResponse>;
