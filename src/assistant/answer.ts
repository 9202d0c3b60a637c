import type { Content, FunctionDeclaration, Part } from '@google/genai';
import type { SessionEntry, SessionNotes } from '../message.ts';
import type { Texts } from '../texts.ts';
import type { ModelAnswer } from './gemini-client.ts';
import type { Models } from './models.ts';
import { buildPrompt, type PromptFacts } from './prompt.ts';

/** What a user asked, and what the assistant may know while answering. */
export interface Question {
  userId: string;
  name: string;
  unit: string | null;
  text: string;
  session: readonly SessionEntry[];
  notes: SessionNotes;
  /** Aborted at the turn's deadline and at shutdown. */
  signal: AbortSignal;
}

export interface Answer {
  /** Markdown, never empty. */
  text: string;
  /** Gemini's tokens, all requests together. */
  tokens: number;
}

/** Functions over SAPA's data that the model may call, bound to one user by whoever runs them. */
export interface ToolBox {
  declarations: FunctionDeclaration[];
  run(call: { name: string; args: unknown }, userId: string, signal: AbortSignal): Promise<object>;
}

/** Rounds of function calls in one answer; after them the model is asked once more with its tools off. */
const MAX_ROUNDS = 6;

/**
 * `assistant.answer`: asks Gemini, lets it call tools, and always ends with a text.
 * @throws UpstreamRefusal, UpstreamFailure, UpstreamOpen where Gemini can't be had
 */
export function createAnswer(options: {
  models: Models;
  tools: ToolBox;
  facts: PromptFacts;
  texts: Texts;
  now: () => number;
}) {
  const { models, tools, texts } = options;

  return async function answer(question: Question): Promise<Answer> {
    const { name, unit, session } = question;
    const system = buildPrompt(options.facts, { name, unit, now: options.now(), firstAnswer: session.length === 0 });
    const contents: Content[] = [...historyOf(session), { role: 'user', parts: [{ text: question.text }] }];
    let preferred: string | undefined;
    let tokens = 0;
    for (let round = 0; round <= MAX_ROUNDS; round++) {
      const offered = round < MAX_ROUNDS ? tools.declarations : [];
      const asked = await models.ask({ system, contents, tools: offered, signal: question.signal }, preferred);
      preferred = asked.model;
      tokens += asked.answer.tokens.total;
      if (asked.answer.calls.length === 0 || offered.length === 0 || !asked.answer.content) {
        return { text: sentence(asked.answer, texts), tokens };
      }
      contents.push(asked.answer.content, { role: 'user', parts: await runCalls(asked.answer, question) });
    }
    return { text: texts.noAnswer, tokens };
  };

  /** The calls of one model answer, in their order: each sees what came before. */
  async function runCalls(answered: ModelAnswer, { userId, signal }: Question): Promise<Part[]> {
    const parts: Part[] = [];
    for (const call of answered.calls) {
      const named = { name: call.name ?? '', args: call.args ?? {} };
      const response = await tools.run(named, userId, signal);
      parts.push({
        functionResponse: { name: named.name, response: { ...response }, ...(call.id ? { id: call.id } : {}) },
      });
    }
    return parts;
  }
}

/** The session as Gemini takes it: it must begin with the user. */
function historyOf(session: readonly SessionEntry[]): Content[] {
  const begin = session.findIndex((entry) => entry.role === 'user');
  return (begin < 0 ? [] : session.slice(begin)).map((entry) => ({
    role: entry.role === 'assistant' ? 'model' : 'user',
    parts: [{ text: entry.content }],
  }));
}

/** What to say for how the model ended. */
function sentence(answered: ModelAnswer, texts: Texts): string {
  const text = answered.text.trim();
  if (answered.finish === 'blocked') return texts.blocked;
  if (answered.finish === 'empty' || text === '') return texts.noAnswer;
  return answered.finish === 'cut' ? `${text}\n\n${texts.cut}` : text;
}
