import type { Content, Part } from '@google/genai/web';
import type { Events } from '../events.ts';
import { withoutInvisible } from '../security/untrusted-text.ts';
import type { ModelFallback } from './model-fallback.ts';
import type { ModelAnswer } from './model-response.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

/** Rounds of function calls in one answer; after them the model is asked once more with its calls off. */
const MAX_ROUNDS = 6;

/** A conversation with the model that has come to an end. */
export interface ToolLoopResult {
  answer: ModelAnswer;
  model: string;
  /** Everything said, the model's last words included, to go on from. */
  contents: Content[];
  /** What tools returned, in order. */
  results: unknown[];
}

/**
 * Asks the model and runs the functions it calls, until it speaks. `spent` is told the tokens of each request.
 * @throws what `Models.ask` throws; the reason of an aborted turn
 */
export function createToolLoop(options: { models: ModelFallback; tools: Tools; events: Events }) {
  const { models, tools, events } = options;

  return async function converse(
    request: { system: string; contents: Content[]; deadlineAt: number; preferred?: string; toolsDisabled?: boolean },
    turn: ToolContext,
    spent: (tokens: number) => void,
  ): Promise<ToolLoopResult> {
    const contents = [...request.contents];
    const results: unknown[] = [];
    let preferred = request.preferred;
    for (let round = 0; ; round++) {
      const toolsDisabled = request.toolsDisabled === true || round === MAX_ROUNDS;
      const { system, deadlineAt } = request;
      const asked = await models.ask({ system, contents, toolsDisabled, deadlineAt, signal: turn.signal }, preferred);
      const { answer, model } = asked;
      spent(asked.tokens);
      preferred = model;
      if (answer.content) contents.push(answer.content);
      if (toolsDisabled || answer.calls.length === 0 || !answer.content) return { answer, model, contents, results };
      contents.push({ role: 'user', parts: await runCalls(answer, turn, results) });
    }
  };

  /** The calls of one model answer in their order: each sees what came before. */
  async function runCalls(answer: ModelAnswer, turn: ToolContext, results: unknown[]): Promise<Part[]> {
    const parts: Part[] = [];
    for (const call of answer.calls) {
      const name = call.name ?? '';
      const startedAt = performance.now();
      // Rows of SAPA are written by many: nothing that they can't see in them reaches the model.
      const outcome = withoutInvisible(await tools.run({ name, args: call.args ?? {} }, turn));
      const durationMs = Math.round(performance.now() - startedAt);
      const known = tools.declarations.some((declaration) => declaration.name === name);
      events.emit({ type: 'tool.called', tool: known ? name : 'unknown', ok: outcome.ok, durationMs });
      if (outcome.ok) results.push(outcome.result);
      const response: Record<string, unknown> = outcome.ok ? { output: outcome.result } : { error: outcome.error };
      parts.push({ functionResponse: { name, response, ...(call.id ? { id: call.id } : {}) } });
    }
    return parts;
  }
}
