import type { Texts } from '../../texts.ts';
import type { ToolEvidence } from '../tools/results.ts';
import type { ToolContext, Tools } from '../tools/tools.ts';
import { escapeMarkdown } from './format.ts';
import type { ToolResult } from './intent.ts';
import { parseQuestion } from './parse-question.ts';
import { matchIntent, nextStep } from './router.ts';

/** A question that code may be able to answer without a model. */
export interface RuleBasedQuestion {
  text: string;
  /** Calls behind the last answers; those with a list make «yang nomor 2» understood. */
  lists: readonly ToolEvidence[];
  turn: ToolContext;
}

/** An answer in Markdown, what kind of question it answers, and what tools returned for it. */
export interface RuleBasedResult {
  text: string;
  intent: string;
  results: unknown[];
}

export type RuleBasedAnswer = (question: RuleBasedQuestion) => Promise<RuleBasedResult | null>;

/** Rounds of calls that an intent may take; none needs more than three. */
const MAX_ROUNDS = 5;

/** Answers the commonest questions from the same tools as the model; null where it is none of them. */
export function createRuleBasedAnswer({ tools, texts }: { tools: Tools; texts: Texts }): RuleBasedAnswer {
  return async function direct({ text, lists, turn }) {
    const asked = parseQuestion(text);
    const intent = matchIntent(asked);
    if (!intent) return null;
    const returned: ToolResult[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const step = nextStep(intent, asked, returned, { texts, lists });
      if ('text' in step) {
        const results = returned.flatMap((one) => ('output' in one ? [one.output] : []));
        return { text: [step.text, ...notesIn(results)].join('\n\n'), intent: intent.name, results };
      }
      for (const call of step.calls) {
        const outcome = await tools.run(call, turn);
        returned.push(
          outcome.ok ? { output: outcome.result } : { error: outcome.error, tooLarge: outcome.tooLarge === true },
        );
      }
    }
    throw new Error(`the intent ${intent.name} never comes to an end`);
  };
}

/** What a report leaves out or mixes, as its tool says it: an answer without that would claim too much. */
function notesIn(results: readonly unknown[]): string[] {
  const notes = results.flatMap((result) => (result as { notes?: string[] }).notes ?? []);
  return [...new Set(notes)].map((note) => `_${escapeMarkdown(note)}_`);
}
