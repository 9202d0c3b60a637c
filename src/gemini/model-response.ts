import type { Content, FunctionCall, GenerateContentResponse } from '@google/genai/web';

/**
 * `truncated`: the answer reached its token limit. `blocked`: Google's filters stopped it. `empty`: nothing may be sent,
 * because there is no text or the generation failed.
 */
export type Finish = 'answered' | 'truncated' | 'blocked' | 'empty';

/** The parsed response of a model. */
export interface ModelAnswer {
  finish: Finish;
  /** Gemini's own finish or block reason, for events. */
  reason: string;
  /** The text without thoughts; empty if the model only calls functions. */
  text: string;
  /** Empty unless the model finished normally. */
  calls: FunctionCall[];
  /** The content unchanged, as it must be returned in a tool loop (it carries thought signatures). */
  content: Content | null;
  /** `total` counts against the user's token budget. */
  tokens: { in: number; out: number; thought: number; total: number };
}

/** Finish reasons of Google's filters: they would stop every model. @see FinishReason of @google/genai */
const BLOCKED_REASONS: ReadonlySet<string> = new Set([
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

/**
 * Parses a response. Ignores calls if `toolsDisabled`. Does not use the SDK's `.text`, which is undefined for blocked answers
 * and logs warnings.
 */
export function parseAnswer(response: GenerateContentResponse, toolsDisabled = false): ModelAnswer {
  const candidate = response.candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const text = parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('');
  const calls = toolsDisabled ? [] : parts.flatMap((part) => (part.functionCall ? [part.functionCall] : []));
  const blockReason = response.promptFeedback?.blockReason;
  const reason = blockReason ?? candidate?.finishReason ?? 'NONE';
  const finish = blockReason ? 'blocked' : classifyFinish(reason, text.trim() !== '', calls.length > 0);
  return {
    finish,
    reason,
    text,
    calls: finish === 'answered' ? calls : [],
    content: candidate?.content ?? null,
    tokens: countTokens(response.usageMetadata),
  };
}

/** `NONE`: the candidate has no finish reason, because some proxies omit it. Unknown reasons count as failures. */
function classifyFinish(reason: string, hasText: boolean, hasCalls: boolean): Finish {
  if (BLOCKED_REASONS.has(reason)) return 'blocked';
  if (!['STOP', 'MAX_TOKENS', 'NONE'].includes(reason)) return 'empty';
  // Calls are never cut in the middle, so the tool loop can continue after MAX_TOKENS.
  if (hasCalls) return 'answered';
  if (!hasText) return 'empty';
  return reason === 'MAX_TOKENS' ? 'truncated' : 'answered';
}

function countTokens(usage: GenerateContentResponse['usageMetadata']): ModelAnswer['tokens'] {
  const prompt = toCount(usage?.promptTokenCount);
  const out = toCount(usage?.candidatesTokenCount);
  const thought = toCount(usage?.thoughtsTokenCount);
  const total = toCount(usage?.totalTokenCount) || prompt + out + thought;
  return { in: prompt, out, thought, total: Math.max(0, total - toCount(usage?.cachedContentTokenCount)) };
}

/** Returns 0 for anything but a positive integer, which the store could not add. */
function toCount(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}
