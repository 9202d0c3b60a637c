import type { ToolEvidence } from '../sapa/tool-results.ts';
import type { SapaTools, ToolTurn } from '../sapa/tools.ts';

/** A question that code answers without a model. */
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

/** Answers the commonest questions from the same tools; null where it is none of them. */
export function createDirect(_options: { tools: SapaTools }): DirectAnswer {
  return async () => null;
}
