import type { Content, Part } from '@google/genai/web';
import type { Events } from '../events.ts';
import { stripInvisibleDeep } from '../security/untrusted-text.ts';
import type { ModelFallback } from './model-fallback.ts';
import type { ModelAnswer } from './response/model-response.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

/** Rounds of function calls in one answer; the request after the last round disables the functions. */
const MAX_ROUNDS = 6;

/** The system instruction and the conversation so far. */
interface ToolLoopRequest {
  system: string;
  contents: Content[];
  /** Deadline of the turn, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** Model to try first. */
  preferred?: string;
  /** True: the model must answer at once, without calling functions. */
  toolsDisabled?: boolean;
}

/** The last answer of a model, and everything that led to it. */
export interface ToolLoopResult {
  answer: ModelAnswer;
  model: string;
  /** The whole conversation including the last answer, so that a later request can continue it. */
  contents: Content[];
  /** Results of the successful tool calls, in call order. */
  results: unknown[];
}

export type RunToolLoop = ReturnType<typeof createToolLoop>;

/**
 * Requests an answer and executes the functions that the model calls, until it answers without calls. `recordTokens`
 * receives the tokens of each request.
 * @throws the errors of `ModelFallback.ask`; the abort reason of the turn
 */
export function createToolLoop(options: { models: ModelFallback; tools: Tools; events: Events }) {
  const { models, tools, events } = options;

  return async function runToolLoop(
    request: ToolLoopRequest,
    context: ToolContext,
    recordTokens: (tokens: number) => void,
  ): Promise<ToolLoopResult> {
    const { system, deadlineAt } = request;
    const { signal } = context;
    const contents = [...request.contents];
    const results: unknown[] = [];
    let preferred = request.preferred;
    for (let round = 0; ; round++) {
      const toolsDisabled = request.toolsDisabled === true || round === MAX_ROUNDS;
      const response = await models.ask({ system, contents, toolsDisabled, deadlineAt, signal }, preferred);
      const { answer, model } = response;
      recordTokens(response.tokens);
      preferred = model;
      if (answer.content) contents.push(answer.content);
      if (toolsDisabled || answer.calls.length === 0 || !answer.content) return { answer, model, contents, results };
      contents.push({ role: 'user', parts: await executeCalls(answer, context, results) });
    }
  };

  /** Executes the calls of one answer in order: later calls may use figures that earlier ones returned. */
  async function executeCalls(answer: ModelAnswer, context: ToolContext, results: unknown[]): Promise<Part[]> {
    const parts: Part[] = [];
    for (const call of answer.calls) {
      const name = call.name ?? '';
      const startedAt = performance.now();
      // Many people write rows in SAPA: remove the characters that readers cannot see before the model gets them.
      const outcome = stripInvisibleDeep(await tools.run({ name, args: call.args ?? {} }, context));
      const durationMs = Math.round(performance.now() - startedAt);
      const isDeclared = tools.declarations.some((declaration) => declaration.name === name);
      events.emit({ type: 'tool.called', tool: isDeclared ? name : 'unknown', ok: outcome.ok, durationMs });
      if (outcome.ok) results.push(outcome.result);
      const response: Record<string, unknown> = outcome.ok ? { output: outcome.result } : { error: outcome.error };
      parts.push({ functionResponse: { name, response, ...(call.id ? { id: call.id } : {}) } });
    }
    return parts;
  }
}
