/** The parts of generateContent's REST body that the stand-in reads; anything else in it is kept as it came. */
export interface GenerateRequest {
  contents: Content[];
  systemInstruction?: Content;
  tools?: { functionDeclarations?: FunctionDeclaration[] }[];
  toolConfig?: { functionCallingConfig?: { mode?: string; allowedFunctionNames?: string[] } };
  generationConfig?: Record<string, unknown>;
}

/** A function that the model may call; its parameters are in one of two schema dialects. */
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

/** Token counts; what is left out is estimated from the characters. */
export interface Usage {
  promptTokenCount?: number;
  candidatesTokenCount?: number;
  thoughtsTokenCount?: number;
  totalTokenCount?: number;
  /** Tokens of the prompt that came from the provider's cache; left out of a response unless it is scripted. */
  cachedContentTokenCount?: number;
}

/** What a script lets the model answer. */
export type ScriptedResponse = { usage?: Usage } & (
  | { text: string }
  | { functionCalls: { name: string; args?: Record<string, unknown> }[]; text?: string }
  /** Any finishReason, with or without text: MAX_TOKENS, SAFETY, RECITATION, MALFORMED_FUNCTION_CALL … */
  | { finishReason: string; text?: string }
  /** The prompt itself was blocked: no candidate. */
  | { blockReason: string }
  /** A candidate without parts that claims to be finished. */
  | { empty: true }
  /** Parts as they are, thoughts included. */
  | { parts: Part[]; finishReason?: string }
);

/** Asks for the next answer; a promise lets a test hold the answer back. */
export type Script = (request: GenerateRequest, model: string) => ScriptedResponse | Promise<ScriptedResponse>;
