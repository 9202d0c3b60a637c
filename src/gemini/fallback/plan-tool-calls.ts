import type { Day } from '../../supabase/calendar.ts';
import { texts } from '../../texts.ts';
import type { ToolEvidence } from '../tools/results.ts';
import type { ToolCall } from './intent.ts';
import { parseQuestion } from './parse-question.ts';
import { matchIntent } from './rule-based-answer.ts';

/** The facts besides the question's text that a plan depends on. */
export interface PlanContext {
  /** Today in APP_TIMEZONE. */
  today: Day;
  /** Tool calls behind earlier answers, oldest first; the last one that listed rows resolves «yang nomor 2». */
  lists: readonly ToolEvidence[];
}

/** Maximum calls of a plan. */
export const MAX_PLANNED_CALLS = 3;

/**
 * Plans the tool calls that a question plainly needs, without executing them. Pure and linear in the length of the text.
 * @returns at most MAX_PLANNED_CALLS calls; no calls for thanks, greetings and questions that no rule recognizes
 */
export function planToolCalls(text: string, { lists }: PlanContext): ToolCall[] {
  const question = parseQuestion(text);
  const step = matchIntent(question)?.step(question, [], { texts, lists });
  return step && 'calls' in step ? step.calls.slice(0, MAX_PLANNED_CALLS) : [];
}
