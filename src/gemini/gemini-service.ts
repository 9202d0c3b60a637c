import type { WholeListReader } from './last-list.ts';
import type { ModelBreakers } from './model-breakers.ts';
import type { AnswerResult, Question } from './question.ts';
import type { Tools } from './tools/tools.ts';

/** Generates answers with Gemini from the user's own SAPA data. */
export interface GeminiService {
  answer(question: Question): Promise<AnswerResult>;
  exampleQuestions(userId: string, signal: AbortSignal): Promise<string[]>;
  /** Reads all rows of a list that an answer showed. */
  readWholeList: WholeListReader;
  /** Returns whether rules can answer a question without a model. */
  isCommonQuestion(text: string): boolean;
  tools: Tools;
  /** One circuit breaker per model; as a whole open only when no model can be used. */
  breaker: ModelBreakers;
}
