import type { ToolEvidence } from '../tools/results.ts';
import type { SapaTools, ToolTurn } from '../tools/tools.ts';
import type { Texts } from '../../texts.ts';
import type { Returned } from './intent.ts';
import { readQuestion } from './parse-question.ts';
import { intentOf, stepOf } from './router.ts';
import { escapeMarkdown } from './format.ts';

/** A question that code may be able to answer without a model. */
export interface DirectQuestion {
  text: string;
  /** Calls behind the last answers; those with a list make «yang nomor 2» understood. */
  lists: readonly ToolEvidence[];
  turn: ToolTurn;
}

/** An answer in Markdown, what kind of question it answers, and what tools returned for it. */
export interface DirectFound {
  text: string;
  intent: string;
  results: unknown[];
}

export type DirectAnswer = (question: DirectQuestion) => Promise<DirectFound | null>;

/** Rounds of calls that an intent may take; none needs more than three. */
const MAX_ROUNDS = 5;

/** Answers the commonest questions from the same tools as the model; null where it is none of them. */
export function createDirect({ tools, texts }: { tools: SapaTools; texts: Texts }): DirectAnswer {
  return async function direct({ text, lists, turn }) {
    const asked = readQuestion(text);
    const intent = intentOf(asked);
    if (!intent) return null;
    const returned: Returned[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const step = stepOf(intent, asked, returned, { texts, lists });
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
