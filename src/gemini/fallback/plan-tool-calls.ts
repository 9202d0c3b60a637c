import type { Day } from '../../supabase/calendar.ts';
import type { ToolEvidence } from '../tools/results.ts';
import { isMissingReport, type Results, type ToolCall } from './question/intent-types.ts';
import { matchQuestions } from './question/match-intents.ts';

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
export function planToolCalls(text: string, { lists, today }: PlanContext): ToolCall[] {
  const list = lastList(lists);
  const calls = matchQuestions(text, today).flatMap(({ question, intent }) => intent.calls(question, { list }));
  const distinct = new Map(calls.map((call) => [JSON.stringify(call), call]));
  return [...distinct.values()].slice(0, MAX_PLANNED_CALLS);
}

/**
 * Plans the calls that depend on the results of the calls so far, in their order: for a message with one question only.
 * @returns no calls if the results suffice, or if a report is missing
 */
export function planNextCalls(text: string, { today }: Pick<PlanContext, 'today'>, results: Results): ToolCall[] {
  const [only, ...others] = matchQuestions(text, today);
  if (!only?.intent.next || others.length > 0 || results.some(isMissingReport)) return [];
  return only.intent.next(only.question, results);
}

/** Returns the last call that listed rows. */
export function lastList(lists: readonly ToolEvidence[]): ToolEvidence | null {
  return lists.findLast(({ listed }) => listed) ?? null;
}
