import type { Texts } from '../../texts.ts';
import type { ToolEvidence, ToolResults } from '../tools/results.ts';
import type { ParsedQuestion } from './parse-question.ts';

/** A tool call that an intent requests. */
export type ToolCall = {
  [Name in keyof ToolResults]: { name: Name; args: Record<string, unknown> };
}[keyof ToolResults];

/** The outcome of a call: the tool's result or its error. `tooLarge`: the user's data exceeds the limits. */
export type ToolResult = { output: unknown } | { error: string; tooLarge?: boolean };

/** The next step of an intent: more calls, or the final answer (Markdown). */
export type NextStep = { calls: ToolCall[] } | { text: string };

/** The sentences for an answer, and the lists shown in earlier answers. */
export interface AnswerContext {
  texts: Texts;
  lists: readonly ToolEvidence[];
}

/** One kind of question that rules can answer. */
export interface Intent {
  name: string;
  matches(question: ParsedQuestion): boolean;
  /** Returns the next step, given the outcomes of all calls so far. */
  step(question: ParsedQuestion, results: readonly ToolResult[], context: AnswerContext): NextStep;
}

/** Returns whether the question contains one of the words. */
export function hasWord({ words }: ParsedQuestion, ...candidates: string[]): boolean {
  return candidates.some((word) => words.includes(` ${word} `));
}

/** Returns the words of the question that are not in `ignored`, as a search keyword; empty if no word is left. */
export function searchKeyword({ words }: ParsedQuestion, ignored: { has(word: string): boolean }): string {
  return words
    .trim()
    .split(' ')
    .filter((word) => !ignored.has(word))
    .join(' ');
}

/** Returns the output of the call at `index`, typed as the result of the named tool. */
export function toolOutput<Name extends keyof ToolResults>(
  results: readonly ToolResult[],
  index: number,
  _name: Name,
): ToolResults[Name] {
  const result = results[index];
  return (result && 'output' in result ? result.output : {}) as ToolResults[Name];
}
