import type { Texts } from '../../texts.ts';
import type { ToolEvidence } from '../tools/results.ts';
import type { ToolContext, Tools } from '../tools/tools.ts';
import { escapeMarkdown } from './format.ts';
import type { AnswerContext, Intent, NextStep, ToolResult } from './intent.ts';
import { BUDGET_INTENTS } from './intents-budget.ts';
import { GENERAL_SCHEDULE_INTENTS, SPECIFIC_SCHEDULE_INTENTS } from './intents-schedule.ts';
import { type ParsedQuestion, parseQuestion } from './parse-question.ts';

/** A question to answer without a model. */
interface RuleBasedQuestion {
  text: string;
  /** Tool calls behind earlier answers; calls that listed rows resolve «yang nomor 2». */
  lists: readonly ToolEvidence[];
  context: ToolContext;
}

/** An answer in Markdown, the name of its intent, and the tool results in it. */
interface RuleBasedResult {
  text: string;
  intent: string;
  results: unknown[];
}

export type RuleBasedAnswer = (question: RuleBasedQuestion) => Promise<RuleBasedResult | null>;

/** Maximum rounds of tool calls; no intent needs more than three. */
const MAX_ROUNDS = 5;

/** In the order in which they are tried: specific ones first. */
const INTENTS: readonly Intent[] = [...SPECIFIC_SCHEDULE_INTENTS, ...BUDGET_INTENTS, ...GENERAL_SCHEDULE_INTENTS];

/** The names of all intents, for metrics. */
export const INTENT_NAMES: readonly string[] = INTENTS.map(({ name }) => name);

/** Creates `answerByRules`: answers common questions with the model's tools. It returns null if no intent matches. */
export function createRuleBasedAnswer({ tools, texts }: { tools: Tools; texts: Texts }): RuleBasedAnswer {
  return async function answerByRules({ text, lists, context }) {
    const question = parseQuestion(text);
    const intent = matchIntent(question);
    if (!intent) return null;
    const results: ToolResult[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const step = nextStep(intent, question, results, { texts, lists });
      if ('text' in step) {
        const outputs = results.flatMap((result) => ('output' in result ? [result.output] : []));
        return { text: [step.text, ...formatNotes(outputs)].join('\n\n'), intent: intent.name, results: outputs };
      }
      for (const call of step.calls) {
        const outcome = await tools.run(call, context);
        results.push(
          outcome.ok ? { output: outcome.result } : { error: outcome.error, tooLarge: outcome.tooLarge === true },
        );
      }
    }
    throw new Error(`The intent ${intent.name} did not finish after ${MAX_ROUNDS} rounds.`);
  };
}

/** Returns the first intent that matches. @returns null if no intent matches */
export function matchIntent(question: ParsedQuestion): Intent | null {
  return INTENTS.find((intent) => intent.matches(question)) ?? null;
}

/** Returns the next step of an intent. If a call failed: a sentence that says so. */
function nextStep(
  intent: Intent,
  question: ParsedQuestion,
  results: readonly ToolResult[],
  context: AnswerContext,
): NextStep {
  const failed = results.find((result) => 'error' in result);
  if (failed) return { text: failed.tooLarge ? context.texts.directTooLarge : context.texts.directUnreachable };
  return intent.step(question, results, context);
}

/** Formats the notes of the results: an answer must mention the rows that its figures omit. */
function formatNotes(outputs: readonly unknown[]): string[] {
  const notes = outputs.flatMap((output) => (output as { notes?: string[] }).notes ?? []);
  return [...new Set(notes)].map((note) => `_${escapeMarkdown(note)}_`);
}
