import type { Texts } from '../../texts.ts';
import type { ToolEvidence, ToolResults } from '../tools/results.ts';
import type { ParsedQuestion } from './parse-question.ts';

/** A call that an intent wants made. */
export type Call = { [Name in keyof ToolResults]: { name: Name; args: Record<string, unknown> } }[keyof ToolResults];

/** What came back of a call: the tool's result, or what is wrong; `tooLarge`: the user's data exceeds the limits. */
export type ToolResult = { output: unknown } | { error: string; tooLarge?: boolean };

/** What an intent does next: calls, or its last words (Markdown). */
export type NextStep = { calls: Call[] } | { text: string };

/** What an intent words its answer with: the sentences, and lists shown before. */
export interface AnswerContext {
  texts: Texts;
  lists: readonly ToolEvidence[];
}

/** One kind of question that code can answer: whether it is meant, and what to do, given what came back so far. */
export interface Intent {
  name: string;
  matches(asked: ParsedQuestion): boolean;
  step(asked: ParsedQuestion, returned: readonly ToolResult[], means: AnswerContext): NextStep;
}
