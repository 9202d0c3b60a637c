import { randomUUID } from 'node:crypto';
import type { Content } from '@google/genai/web';
import type { Events } from '../events.ts';
import { fence, stripInvisible } from '../security/untrusted-text.ts';
import type { Texts } from '../texts.ts';
import type { MediaFile, SessionEntry, SessionNotes } from '../types.ts';
import { isUpstreamError, UpstreamCallError } from '../upstream/errors.ts';
import type { RuleBasedAnswer } from './fallback/rule-based-answer.ts';
import { fileParts } from './file-parts.ts';
import { type Evidence, evidenceIn, nextSessionNotes } from './grounding/evidence.ts';
import { extractMentions } from './grounding/extract-figures.ts';
import { checkFigures } from './grounding/grounding.ts';
import { createAnswerVerifier } from './grounding/verify-answer.ts';
import { toHistory } from './history.ts';
import type { ModelFallback } from './model-fallback.ts';
import type { ModelAnswer } from './model-response.ts';
import { buildPrompt, type PromptFacts } from './prompt.ts';
import type { TokenBudget } from './token-budget.ts';
import { createToolLoop } from './tool-loop.ts';
import { asksAboutSchedule } from './tools/activity-context.ts';
import type { ToolContext, Tools } from './tools/tools.ts';

/** What a user asked, and what the assistant may know while answering. */
export interface Question {
  userId: string;
  name: string;
  unit: string | null;
  text: string;
  /** Files that came with it. */
  media?: readonly MediaFile[];
  /** What to tell the user about files that could not be read. */
  notRead?: readonly string[];
  session: readonly SessionEntry[];
  notes: SessionNotes;
  /** Aborted at the turn's deadline and at shutdown. */
  signal: AbortSignal;
  /** When the turn's deadline is, in ms on the monotonic clock (`performance.now`). */
  deadlineAt: number;
  /** A turn that was started finishes, whatever it takes of the day's tokens. */
  isFirstTry: boolean;
}

export interface Answer {
  /** Markdown, never empty. */
  text: string;
  /** What the session keeps beside it. */
  notes: SessionNotes;
}

/**
 * `assistant.answer`: asks Gemini over the user's own data and checks every figure of what it says. Where Gemini can't be
 * had, or the day's tokens are spent, a common question is answered in code.
 * `allowance-spent`: neither is possible today. @throws UpstreamRefusal, UpstreamFailure, UpstreamOpen
 */
export function createAnswer(options: {
  models: ModelFallback;
  tools: Tools;
  direct: RuleBasedAnswer;
  allowance: TokenBudget;
  facts: PromptFacts;
  texts: Texts;
  events: Events;
  now: () => number;
}) {
  const { tools, direct, allowance, texts, events, now } = options;
  const converse = createToolLoop(options);
  const check = createAnswerVerifier({ converse, texts, events });

  return async function answer(question: Question): Promise<Answer | 'token-budget-exceeded'> {
    if (question.isFirstTry && (await allowance.isExceeded(question.userId))) {
      return (await withoutModel(question, 'allowance')) ?? 'token-budget-exceeded';
    }
    try {
      return await withToolTurn(question, (turn, earlier) => fromModel(question, turn, earlier));
    } catch (error) {
      // An aborted turn is over its deadline or stopped: nothing more may be read for it.
      if (!isUpstreamError(error) || (error instanceof UpstreamCallError && error.kind === 'aborted')) throw error;
      const plain = await withoutModel(question, 'no-model');
      if (plain) return plain;
      throw error;
    }
  };

  /** Runs `use` with a turn of the tools and returns the memory of the rows that it read, however `use` ends. */
  async function withToolTurn<T>(
    question: Question,
    use: (turn: ToolContext, earlier: Evidence) => Promise<T>,
  ): Promise<T> {
    const earlier = evidenceIn(question.notes);
    const turn = toolTurnOf(question, earlier);
    try {
      return await use(turn, earlier);
    } finally {
      tools.release(turn);
    }
  }

  async function fromModel(question: Question, turn: ToolContext, earlier: Evidence): Promise<Answer> {
    // Twelve random digits, out of Node's cache of random bytes.
    const nonce = randomUUID().replace('-', '').slice(0, 12);
    const context = asksAboutSchedule(question.text) ? await tools.activityContext(turn) : null;
    const { name, unit, session, media = [], notRead = [] } = question;
    const system = buildPrompt(options.facts, {
      name,
      unit,
      now: now(),
      firstAnswer: session.length === 0,
      nonce,
      list: earlier.list,
    });
    const asked: Content = {
      role: 'user',
      parts: [
        ...(context ? [{ text: fence('data', context, nonce) }] : []),
        { text: fence('pesan', question.text, nonce) },
        ...fileParts(media, notRead),
      ],
    };
    const spend = (tokens: number) => allowance.record(question.userId, tokens);
    const { deadlineAt } = question;
    const contents = [...toHistory(session, nonce), asked];
    const outcome = await converse({ system, contents, deadlineAt }, turn, spend);
    const said = sentence(outcome.answer);
    if (outcome.answer.finish === 'blocked' || said === texts.noAnswer) return { text: said, notes: question.notes };
    const sources = {
      data: [...outcome.results, ...(context ? [context] : [])],
      earlier: earlier.figures,
      user: userTexts(question),
    };
    const leftMs = Math.floor(deadlineAt - performance.now());
    const checked = await check({
      said,
      outcome,
      system,
      sources,
      turn,
      spend,
      deadlineAt,
      leftMs,
      hasFiles: media.length > 0,
    });
    return {
      text: checked.text,
      notes: nextSessionNotes(earlier, turn.evidence ?? [], checked.grounded, outcome.results.length),
    };
  }

  async function withoutModel(question: Question, why: 'allowance' | 'no-model'): Promise<Answer | null> {
    // Code can't read a file, and an answer that passed over it would mislead.
    if (question.media?.length) return null;
    return await withToolTurn(question, (turn, earlier) => answerByRules(question, why, turn, earlier));
  }

  async function answerByRules(
    question: Question,
    why: 'allowance' | 'no-model',
    turn: ToolContext,
    earlier: Evidence,
  ): Promise<Answer | null> {
    const found = await direct({ text: question.text, lists: earlier.list ? [earlier.list] : [], turn });
    if (!found) return null;
    events.emit({ type: 'answer.rule-based', why, intent: found.intent });
    const sources = { data: found.results, earlier: earlier.figures, user: userTexts(question) };
    const { grounded } = checkFigures(found.text, sources);
    const said = [found.text, ...(question.notRead ?? []), texts.direct];
    return {
      text: said.join('\n\n'),
      notes: nextSessionNotes(earlier, turn.evidence ?? [], grounded, found.results.length),
    };
  }

  /** What to say for how the model ended. */
  function sentence(answered: ModelAnswer): string {
    const text = stripInvisible(answered.text).trim();
    if (answered.finish === 'blocked') return texts.blocked;
    if (answered.finish === 'empty' || text === '') return texts.noAnswer;
    return answered.finish === 'truncated' ? `${text}\n\n${texts.cut}` : text;
  }
}

/** What one answer's tool calls share; figures are looked for when the first call needs them. The user is named here, and by nobody else. */
function toolTurnOf({ userId, signal, ...question }: Question, earlier: Evidence): ToolContext {
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

function userTexts({ text, session }: Pick<Question, 'text' | 'session'>): string[] {
  return [text, ...session.flatMap(({ role, content }) => (role === 'user' ? [content] : []))];
}
