import type { MediaFile, SessionEntry, SessionNotes } from '../types.ts';
import type { ToolData } from './tools/results.ts';

/** A user's question with everything that the answer may use. */
export interface Question {
  userId: string;
  name: string;
  unit: string | null;
  text: string;
  /** Files that came with the question. */
  media?: readonly MediaFile[];
  /** Sentences for the user about files that could not be read. */
  notRead?: readonly string[];
  session: readonly SessionEntry[];
  notes: SessionNotes;
  /** Aborted at the turn's deadline and at shutdown. */
  signal: AbortSignal;
  /** Deadline of the turn, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** The token budget is checked on the first try only: a started turn completes. */
  isFirstTry: boolean;
  /** True: no model is asked if rules can answer. */
  prefersRules?: boolean;
  /** Called at each response of a model. */
  onModelAnswered?: () => void;
}

export interface Answer {
  /** Markdown, never empty. */
  text: string;
  /** The session's notes after this answer. */
  notes: SessionNotes;
  /** The results of the tool calls of this answer, in call order. */
  data: readonly ToolData[];
}

/** The result of a question: its answer, or none because the token budget of the user is exceeded and no rule applies. */
export type AnswerResult = ({ kind: 'answered' } & Answer) | { kind: 'token-budget-exceeded' };
