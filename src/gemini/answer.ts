import type { Events } from '../events.ts';
import { dayAt } from '../supabase/calendar.ts';
import type { Texts } from '../texts.ts';
import { isUpstreamError, UpstreamCallError } from '../upstream/errors.ts';
import type { RuleBasedAnswer } from './fallback/rule-based-answer.ts';
import { describeSources, type Evidence, nextSessionNotes, parseEvidence } from './grounding/evidence.ts';
import { checkFigures } from './grounding/grounding.ts';
import { extractMentions } from './grounding/text/extract-figures.ts';
import { createAnswerVerifier } from './grounding/verify-answer.ts';
import type { ModelFallback } from './model-fallback.ts';
import type { Answer, AnswerResult, Question } from './question.ts';
import { createFirstRequest } from './request/first-request.ts';
import type { PromptFacts } from './request/prompt.ts';
import type { ModelAnswer } from './response/model-response.ts';
import type { TokenBudget } from './token-budget.ts';
import { createToolLoop } from './tool-loop.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

/**
 * Creates `answer`: requests an answer from Gemini over the user's own data and verifies every figure in it. If Gemini is
 * unavailable or the user's token budget is exceeded, answers common questions by rules.
 * @throws UpstreamRejectedError, UpstreamCallError, CircuitOpenError if Gemini is unavailable and no rule applies
 */
export function createAnswer(options: {
  models: ModelFallback;
  tools: Tools;
  answerByRules: RuleBasedAnswer;
  tokenBudget: TokenBudget;
  facts: PromptFacts;
  /** Formats Markdown as it is sent. */
  formatAnswer: (markdown: string) => string;
  texts: Texts;
  events: Events;
  now: () => number;
}) {
  const { tools, answerByRules, tokenBudget, facts, formatAnswer, texts, events, now } = options;
  const today = () => dayAt(now(), facts.timezone);
  const buildFirstRequest = createFirstRequest(options);
  const runToolLoop = createToolLoop(options);
  const verifyAnswer = createAnswerVerifier({ runToolLoop, formatAnswer, texts, events });

  return async function answer(question: Question): Promise<AnswerResult> {
    if (question.isFirstTry && (await tokenBudget.isExceeded(question.userId))) {
      const ruleBased = await answerWithoutModel(question, 'token-budget-exceeded');
      return ruleBased ? { kind: 'answered', ...ruleBased } : { kind: 'token-budget-exceeded' };
    }
    return { kind: 'answered', ...(await answerWithinBudget(question)) };
  };

  async function answerWithinBudget(question: Question): Promise<Answer> {
    if (question.prefersRules) {
      const ruleBased = await answerWithoutModel(question, 'no-model');
      if (ruleBased) return ruleBased;
    }
    try {
      return await withToolContext(question, (context, earlier) => answerWithModel(question, context, earlier));
    } catch (error) {
      // An aborted turn is over its deadline or cancelled: it must not read more data.
      if (!isUpstreamError(error) || (error instanceof UpstreamCallError && error.kind === 'aborted')) throw error;
      const ruleBased = await answerWithoutModel(question, 'no-model');
      if (ruleBased) return ruleBased;
      throw error;
    }
  }

  /** Runs `use` with a new tool context and releases the rows that it read, whether `use` succeeds or fails. */
  async function withToolContext<T>(
    question: Question,
    use: (context: ToolContext, earlier: Evidence) => Promise<T>,
  ): Promise<T> {
    const earlier = parseEvidence(question.notes);
    const context = buildToolContext(question, earlier);
    try {
      return await use(context, earlier);
    } finally {
      tools.release(context);
    }
  }

  async function answerWithModel(question: Question, context: ToolContext, earlier: Evidence): Promise<Answer> {
    const { userId, media = [], deadlineAt } = question;
    const { system, contents, results, fileNotes } = await buildFirstRequest(question, context, earlier);
    const recordTokens = (tokens: number) => {
      question.onModelAnswered?.();
      tokenBudget.record(userId, tokens);
    };
    const loopResult = await runToolLoop({ system, contents, deadlineAt }, context, recordTokens);
    const text = toReplyText(loopResult.answer);
    if (loopResult.answer.finish === 'blocked' || text === texts.noAnswer)
      return { text, notes: question.notes, data: [] };
    const toolResults = [...results, ...loopResult.results];
    const sources = {
      data: [...toolResults, ...(context.schedules ?? [])],
      earlier: earlier.figures,
      // This service wrote the last ones itself: their numbers need no confirmation.
      user: [...userTexts(question), texts.cut, ...fileNotes],
      today: today(),
    };
    const leftMs = Math.floor(deadlineAt - performance.now());
    const hasFiles = media.some(({ kind }) => kind !== 'audio');
    const check = { text, loopResult, system, sources, context, recordTokens, deadlineAt, leftMs, hasFiles };
    const verified = await verifyAnswer(check);
    return {
      text: verified.text,
      notes: nextSessionNotes(earlier, context.evidence ?? [], verified.grounded, toolResults.length),
      data: context.data ?? [],
    };
  }

  /** Answers by rules. @returns null if no rule applies, or if files came with the question: rules cannot read them */
  async function answerWithoutModel(
    question: Question,
    reason: 'token-budget-exceeded' | 'no-model',
  ): Promise<Answer | null> {
    if (question.media?.length) return null;
    return await withToolContext(question, async (context, earlier) => {
      const lists = earlier.list ? [earlier.list] : [];
      const sourceLines = describeSources(question.notes, texts);
      const found = await answerByRules({ text: question.text, lists, sources: sourceLines, context });
      if (!found) return null;
      events.emit({ type: 'answer.rule-based', reason, intent: found.intent });
      const sources = { data: found.results, earlier: earlier.figures, user: userTexts(question), today: today() };
      const { grounded } = checkFigures(formatAnswer(found.text), sources);
      return {
        text: [found.text, ...(question.notRead ?? []), texts.ruleBasedNote].join('\n\n'),
        notes: nextSessionNotes(earlier, context.evidence ?? [], grounded, found.results.length),
        data: context.data ?? [],
      };
    });
  }

  /** Returns the text to send for an answer of a model: its own, or a fixed sentence. */
  function toReplyText({ finish, text }: ModelAnswer): string {
    if (finish === 'blocked') return texts.blocked;
    if (finish === 'empty' || text === '') return texts.noAnswer;
    return finish === 'truncated' ? `${text}\n\n${texts.cut}` : text;
  }
}

/**
 * Builds the context that all tool calls of one answer share. Only code sets its user. Its figures are extracted when a
 * call first needs them.
 */
function buildToolContext({ userId, signal, ...question }: Question, earlier: Evidence): ToolContext {
  let figures: Set<number> | undefined;
  return {
    userId,
    signal,
    evidence: [],
    schedules: [],
    data: [],
    get figures() {
      const written = () => userTexts(question).flatMap((text) => extractMentions(text).map(({ value }) => value));
      figures ??= new Set([...earlier.figures, ...written()]);
      return figures;
    },
  };
}

/** Returns the user's messages: the question and the earlier ones of the session. */
function userTexts({ text, session }: Pick<Question, 'text' | 'session'>): string[] {
  return [text, ...session.flatMap(({ role, content }) => (role === 'user' ? [content] : []))];
}
