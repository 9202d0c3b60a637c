import { randomUUID } from 'node:crypto';
import type { Content } from '@google/genai/web';
import type { Events } from '../../events.ts';
import { fence } from '../../security/untrusted-text.ts';
import { dayAt } from '../../supabase/calendar.ts';
import type { Evidence } from '../grounding/evidence.ts';
import type { Question } from '../question.ts';
import type { ToolContext, Tools } from '../tools/tools.ts';
import { buildFileParts } from './file-parts.ts';
import { withForeignCalls } from './foreign-calls.ts';
import { toHistory } from './history.ts';
import { createPrefetch } from './prefetch.ts';
import { buildMessageText, buildSystemInstruction, type PromptFacts } from './prompt.ts';

/** The first request of an answer, and the sources in it that may confirm figures. */
interface FirstRequest {
  system: string;
  contents: Content[];
  /** Results of the prefetched calls, in the order of their evidence. */
  results: unknown[];
  /** Texts of this service about the files in the request. */
  fileNotes: string[];
}

/** Creates the builder of first requests: the session, the user's message, and the data that the question plainly needs. */
export function createFirstRequest(options: { tools: Tools; facts: PromptFacts; events: Events; now: () => number }) {
  const { facts, now } = options;
  const { timezone } = facts;
  const prefetch = createPrefetch(options);
  const system = buildSystemInstruction(facts);

  return async function buildFirstRequest(
    question: Question,
    context: ToolContext,
    { list }: Evidence,
  ): Promise<FirstRequest> {
    const { name, unit, text, session, media = [], notRead = [], deadlineAt } = question;
    // Twelve random hexadecimal digits. `randomUUID` takes them from Node's cache of random bytes.
    const nonce = randomUUID().replace('-', '').slice(0, 12);
    const plan = { text, today: dayAt(now(), timezone), lists: list ? [list] : [], deadlineAt };
    const { calls, schedule } = await prefetch(plan, context);
    const note = { name, unit, now: now(), isFirstAnswer: session.length === 0, nonce, list };
    const files = buildFileParts(media, notRead);
    const message: Content = {
      role: 'user',
      parts: [
        ...(schedule ? [{ text: fence('data', schedule, nonce) }] : []),
        { text: buildMessageText(text, timezone, note) },
        ...files,
      ],
    };
    return {
      system,
      contents: [...toHistory(session, nonce), ...withForeignCalls(message, calls, nonce)],
      results: calls.map(({ result }) => result),
      fileNotes: files.flatMap((file) => file.text ?? []),
    };
  };
}
