import type { Texts } from '../../../texts.ts';
import type { NoReport, ToolEvidence, ToolResults } from '../../tools/results.ts';
import type { ParsedQuestion } from './parse-question.ts';

/** A tool call that an intent plans. */
export type ToolCall = {
  [Name in keyof ToolResults]: { name: Name; args: Record<string, unknown> };
}[keyof ToolResults];

/** The session's part of a plan: the last call that listed rows. */
export interface PlanSession {
  list: ToolEvidence | null;
}

/** What an answer uses besides the results. */
export interface AnswerContext extends PlanSession {
  texts: Texts;
  /** The sources of the last figures (Markdown); null if no answer had figures. */
  sources: string | null;
}

/** One kind of question that rules can answer: a row of the table INTENTS. */
export interface Intent {
  /** Label in metrics and events. */
  name: string;
  /** Whether the answer numbers the rows of a result, so that «yang nomor 2» and «lanjut» refer to it. */
  showsList?: true;
  /** Returns whether the question is of this kind. */
  asks(question: ParsedQuestion): boolean;
  /** Plans the calls that the question needs; an empty list if the answer needs no data. */
  calls(question: ParsedQuestion, session: PlanSession): ToolCall[];
  /** Returns the calls that depend on earlier results. Called after each round until it returns no calls. */
  next?(question: ParsedQuestion, results: Results): ToolCall[];
  /** Writes the answer (Markdown). Every report of the results exists. */
  answer(question: ParsedQuestion, results: Results, context: AnswerContext): string;
}

/** The results of the calls so far, in their order. */
export type Results = readonly unknown[];

/** Returns the result of the call at `index`, typed as the result of the named tool. */
export function resultOf<Name extends keyof ToolResults>(
  results: Results,
  index: number,
  _name: Name,
): Exclude<ToolResults[Name], NoReport> {
  return results[index] as Exclude<ToolResults[Name], NoReport>;
}

/** Returns whether, according to a result, the user has no report like the requested one. */
export function isMissingReport(result: unknown): result is NoReport {
  return typeof result === 'object' && result !== null && 'report' in result && result.report === null;
}

/** Builds a call; arguments without a value are omitted. */
export function call(name: ToolCall['name'], args: Record<string, unknown> = {}): ToolCall {
  const given = Object.entries(args).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { name, args: Object.fromEntries(given) };
}

/** Returns whether the question contains one of the words. */
export function hasWord({ words }: ParsedQuestion, ...candidates: string[]): boolean {
  return candidates.some((word) => words.includes(` ${word} `));
}
