import type { Content, FunctionCall, GenerateContentResponse } from '@google/genai/web';
import { stripInvisible } from '../../security/untrusted-text.ts';
import { FOREIGN_SIGNATURE } from '../request/thought-signatures.ts';
import { removeReasoning } from './reasoning.ts';
import { repairAnswer } from './repair-answer.ts';
import { parseWrittenCalls } from './written-call.ts';

/**
 * `truncated`: the answer reached its token limit. `blocked`: Google's filters stopped it. `empty`: nothing may be sent,
 * because there is no text or the generation failed. `unreadable-call`: the text is a function call that cannot be executed.
 */
export type Finish = 'answered' | 'truncated' | 'blocked' | 'empty' | 'unreadable-call';

/** The parsed response of a model. */
export interface ModelAnswer {
  finish: Finish;
  /** Gemini's own finish or block reason, for events. */
  reason: string;
  /** The version of the model that answered; empty if Gemini does not name it. */
  modelVersion: string;
  /** The text without thoughts and invisible characters, repaired; empty if it is a function call. */
  text: string;
  /** Empty unless the model finished normally. */
  calls: FunctionCall[];
  /** The content unchanged, as it must be returned in a tool loop (it carries thought signatures); calls written as text are calls in it. */
  content: Content | null;
  tokens: TokenCounts;
}

/** The tokens of a response by kind; no token counts twice. `total`, all but the cached ones, counts against the user's budget. */
export interface TokenCounts {
  in: number;
  /** Prompt tokens that Google served from its prompt cache. */
  cached: number;
  out: number;
  thought: number;
  total: number;
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
 * Parses a response. `declared` names the functions that the model may call; it may not call any if `toolsDisabled`. Does not use
 * the SDK's `.text`, which is undefined for blocked answers and logs warnings.
 */
export function parseAnswer(
  response: GenerateContentResponse,
  { declared, toolsDisabled = false }: { declared: ReadonlySet<string>; toolsDisabled?: boolean | undefined },
): ModelAnswer {
  const candidate = response.candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  const visible = parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('');
  const reply = removeReasoning(stripInvisible(visible));
  const ownCalls = toolsDisabled ? [] : parts.flatMap((part) => (part.functionCall ? [part.functionCall] : []));
  const written = ownCalls.length > 0 ? null : parseWrittenCalls(reply, declared);
  const executed = toolsDisabled || written === 'unreadable' ? null : written;
  const text = written ? '' : repairAnswer(reply).trim();
  const calls = executed ?? ownCalls;
  const blockReason = response.promptFeedback?.blockReason;
  const reason = blockReason ?? candidate?.finishReason ?? 'NONE';
  const finish = blockReason ? 'blocked' : classifyFinish(reason, { text, calls, hasWrittenCall: written !== null });
  return {
    finish,
    reason,
    modelVersion: response.modelVersion ?? '',
    text,
    calls: finish === 'answered' ? calls : [],
    content: executed ? buildCallContent(executed) : (candidate?.content ?? null),
    tokens: countTokens(response.usageMetadata),
  };
}

/** Returns the content of a model that called these functions properly, so that it does so in the next round. */
function buildCallContent(calls: readonly FunctionCall[]): Content {
  const parts = calls.map((functionCall, index) => ({
    functionCall,
    ...(index === 0 ? { thoughtSignature: FOREIGN_SIGNATURE } : {}),
  }));
  return { role: 'model', parts };
}

/** `NONE`: the candidate has no finish reason, because some proxies omit it. Unknown reasons count as failures. */
function classifyFinish(
  reason: string,
  { text, calls, hasWrittenCall }: Pick<ModelAnswer, 'text' | 'calls'> & { hasWrittenCall: boolean },
): Finish {
  if (BLOCKED_REASONS.has(reason)) return 'blocked';
  if (!['STOP', 'MAX_TOKENS', 'NONE'].includes(reason)) return 'empty';
  // Calls are never cut in the middle, so the tool loop can continue after MAX_TOKENS.
  if (calls.length > 0) return 'answered';
  if (hasWrittenCall) return 'unreadable-call';
  if (text === '') return 'empty';
  return reason === 'MAX_TOKENS' ? 'truncated' : 'answered';
}

function countTokens(usage: GenerateContentResponse['usageMetadata']): TokenCounts {
  const prompt = toCount(usage?.promptTokenCount);
  const cached = toCount(usage?.cachedContentTokenCount);
  const out = toCount(usage?.candidatesTokenCount);
  const thought = toCount(usage?.thoughtsTokenCount);
  const total = toCount(usage?.totalTokenCount) || prompt + out + thought;
  return { in: Math.max(0, prompt - cached), cached, out, thought, total: Math.max(0, total - cached) };
}

/** Returns 0 for anything but a positive integer, which the store could not add. */
function toCount(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}
