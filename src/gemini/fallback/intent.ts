import type { ToolEvidence, ToolResults } from '../tools/results.ts';
import type { Texts } from '../../texts.ts';
import type { Asked } from './parse-question.ts';

/** A call that an intent wants made. */
export type Call = { [Name in keyof ToolResults]: { name: Name; args: Record<string, unknown> } }[keyof ToolResults];

/** What came back of a call: the tool's result, or what is wrong; `tooLarge`: the user's data exceeds the limits. */
export type Returned = { output: unknown } | { error: string; tooLarge?: boolean };

/** What an intent does next: calls, or its last words (Markdown). */
export type Step = { calls: Call[] } | { text: string };

/** What an intent words its answer with: the sentences, and lists shown before. */
export interface Means {
  texts: Texts;
  lists: readonly ToolEvidence[];
}

/** One kind of question that code can answer: whether it is meant, and what to do, given what came back so far. */
export interface Intent {
  name: string;
  meant(asked: Asked): boolean;
  next(asked: Asked, returned: readonly Returned[], means: Means): Step;
}
