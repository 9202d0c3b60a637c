import { randomUUID } from 'node:crypto';
import type { Content, Part } from '@google/genai/web';
import type { Events } from '../events.ts';
import { fence } from '../security/untrusted-text.ts';
import type { Texts } from '../texts.ts';
import type { MediaFile, SessionEntry, SessionNotes } from '../types.ts';
import { isUpstreamError, UpstreamCallError } from '../upstream/errors.ts';
import type { RuleBasedAnswer } from './fallback/rule-based-answer.ts';
import { fileParts } from './file-parts.ts';
import { describeSources, type Evidence, nextSessionNotes, parseEvidence } from './grounding/evidence.ts';
import { extractMentions } from './grounding/extract-figures.ts';
import { checkFigures } from './grounding/grounding.ts';
import { createAnswerVerifier } from './grounding/verify-answer.ts';
import { toHistory } from './history.ts';
import type { ModelFallback } from './model-fallback.ts';
import type { ModelAnswer } from './model-response.ts';
import { buildMessageText, buildSystemInstruction, type PromptFacts } from './prompt.ts';
import type { TokenBudget } from './token-budget.ts';
import { createToolLoop } from './tool-loop.ts';
import { asksAboutSchedule } from './tools/activity-context.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

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
}

export interface Answer {
  /** Markdown, never empty. */
  text: string;
  /** The session's notes after this answer. */
  notes: SessionNotes;
}

/**
 * Creates `answer`: requests an answer from Gemini over the user's own data and verifies every figure in it. If Gemini is
 * unavailable or the user's token budget is exceeded, answers common questions by rules.
 * @returns `token-budget-exceeded` if the budget is exceeded and no rule applies
 * @throws UpstreamRejectedError, UpstreamCallError, CircuitOpenError if Gemini is unavailable and no rule applies
 */
export function createAnswer(options: {
  models: ModelFallback;
  tools: Tools;
  answerByRules: RuleBasedAnswer;
  tokenBudget: TokenBudget;
  facts: PromptFacts;
  texts: Texts;
  events: Events;
  now: () => number;
}) {
  const { tools, answerByRules, tokenBudget, texts, events, now } = options;
  const { timezone } = options.facts;
  const system = buildSystemInstruction(options.facts);
  const runToolLoop = createToolLoop(options);
  const verifyAnswer = createAnswerVerifier({ runToolLoop, texts, events });

  return async function answer(question: Question): Promise<Answer | 'token-budget-exceeded'> {
    if (question.isFirstTry && (await tokenBudget.isExceeded(question.userId))) {
      return (await answerWithoutModel(question, 'token-budget-exceeded')) ?? 'token-budget-exceeded';
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
  };

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
    const { userId, name, unit, session, media = [], notRead = [], deadlineAt } = question;
    // Twelve random hexadecimal digits. `randomUUID` takes them from Node's cache of random bytes.
    const nonce = randomUUID().replace('-', '').slice(0, 12);
    const schedule = asksAboutSchedule(question.text) ? await tools.activityContext(context) : null;
    const isFirstAnswer = session.length === 0;
    const facts = { name, unit, now: now(), isFirstAnswer, nonce, list: earlier.list };
    const files = fileParts(media, notRead);
    const message: Content = {
      role: 'user',
      parts: [
        ...(schedule ? [{ text: fence('data', schedule, nonce) }] : []),
        { text: buildMessageText(question.text, timezone, facts) },
        ...files,
      ],
    };
    const recordTokens = (tokens: number) => tokenBudget.record(userId, tokens);
    const contents = [...toHistory(session, nonce), message];
    const loopResult = await runToolLoop({ system, contents, deadlineAt }, context, recordTokens);
    const text = toReplyText(loopResult.answer);
    if (loopResult.answer.finish === 'blocked' || text === texts.noAnswer) return { text, notes: question.notes };
    const sources = {
      data: [...loopResult.results, ...(schedule ? [schedule] : [])],
      earlier: earlier.figures,
      user: [...userTexts(question), ...ownTexts(files)],
    };
    const leftMs = Math.floor(deadlineAt - performance.now());
    const hasFiles = media.length > 0;
    const check = { text, loopResult, system, sources, context, recordTokens, deadlineAt, leftMs, hasFiles };
    const verified = await verifyAnswer(check);
    return {
      text: verified.text,
      notes: nextSessionNotes(earlier, context.evidence ?? [], verified.grounded, loopResult.results.length),
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
      const sources = { data: found.results, earlier: earlier.figures, user: userTexts(question) };
      const { grounded } = checkFigures(found.text, sources);
      return {
        text: [found.text, ...(question.notRead ?? []), texts.direct].join('\n\n'),
        notes: nextSessionNotes(earlier, context.evidence ?? [], grounded, found.results.length),
      };
    });
  }

  /** Returns the texts that this service wrote itself: their numbers need no confirmation. */
  function ownTexts(files: readonly Part[]): string[] {
    return [texts.cut, ...files.flatMap(({ text }) => text ?? [])];
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
