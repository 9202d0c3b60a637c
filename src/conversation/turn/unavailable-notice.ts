import type { GeminiService } from '../../gemini/gemini-service.ts';
import type { Turn } from '../../store/records.ts';
import { fill } from '../../texts.ts';
import { isUpstreamError, UpstreamCallError, UpstreamRejectedError } from '../../upstream/errors.ts';
import type { Breaker } from '../../upstream/upstream.ts';
import { maxAnswerRetryDelayMs } from '../retry-policy.ts';
import type { ProgressNotice } from './progress-notice.ts';
import type { TurnContext } from './turn-context.ts';

/**
 * Age of a turn at which the notice is sent, ms: the sender has it within 10 s. Shorter outages end without a notice,
 * because the turn is attempted again before.
 */
const UNAVAILABLE_NOTICE_AFTER_MS = 7_000;

/** A question that only the model can answer, unless rules recognize its text. */
interface AskedQuestion {
  userId: string;
  text: string;
  hasFiles: boolean;
}

type AttemptContext = Pick<TurnContext, 'signal' | 'maySend' | 'deadlineAt'>;
/** Generates an answer; calls `onModelAnswered` at each response of a model. */
type RequestAnswer<T> = (onModelAnswered: () => void) => Promise<T>;

export type WithUnavailableNotice = ReturnType<typeof createUnavailableNotice>;

/**
 * Creates `withUnavailableNotice`: generates an answer, and notifies the sender if no model is available and no rule applies.
 * The notice names questions that rules can answer now, and explains that the question will be answered.
 */
export function createUnavailableNotice(options: {
  progressNotice: ProgressNotice;
  gemini: Pick<GeminiService, 'isCommonQuestion' | 'exampleQuestions'> & { breaker: Pick<Breaker, 'openForMs'> };
  text: string;
  reportError(error: unknown): void;
  afterMs?: number;
}) {
  const { progressNotice, gemini, text, reportError, afterMs = UNAVAILABLE_NOTICE_AFTER_MS } = options;

  return async function withUnavailableNotice<T>(
    turn: Turn,
    question: AskedQuestion,
    context: AttemptContext,
    answer: RequestAnswer<T>,
  ): Promise<T> {
    const startedAt = performance.now();
    let sending: Promise<void> | undefined;
    const send = () => {
      if (progressNotice.isDue(turn, context)) sending ??= sendNotice(turn, question, context).catch(reportError);
    };
    const timer = setTimeout(
      () => {
        if (question.hasFiles || !gemini.isCommonQuestion(question.text)) send();
      },
      Math.max(0, afterMs - turn.elapsedMs),
    );
    try {
      return await answer(() => clearTimeout(timer));
    } catch (error) {
      const elapsedMs = turn.elapsedMs + performance.now() - startedAt;
      if (isModelOutage(error) && isNextAttemptLate(error, turn, elapsedMs, context)) send();
      throw error;
    } finally {
      clearTimeout(timer);
      await sending;
    }
  };

  async function sendNotice(turn: Turn, { userId }: AskedQuestion, { signal }: AttemptContext): Promise<void> {
    const examples = await gemini.exampleQuestions(userId, signal);
    await progressNotice.send(turn, fill(text, { examples: examples.map((example) => `- ${example}`).join('\n') }));
  }

  /** Whether the next attempt may fail too late for the notice. It must be before the deadline: otherwise there is an apology. */
  function isNextAttemptLate(error: unknown, turn: Turn, elapsedMs: number, { deadlineAt }: AttemptContext): boolean {
    const delayMs = maxAnswerRetryDelayMs(error, turn, gemini.breaker.openForMs());
    return elapsedMs + delayMs >= afterMs && performance.now() + delayMs < deadlineAt;
  }
}

/** Whether no model is available at the moment: not after a permanent rejection or an aborted request. */
function isModelOutage(error: unknown): boolean {
  if (!isUpstreamError(error) || error.upstream !== 'gemini') return false;
  if (error instanceof UpstreamCallError) return error.kind !== 'aborted';
  return !(error instanceof UpstreamRejectedError && error.permanent);
}
