import type { Content } from '@google/genai/web';
import { fence } from '../../security/untrusted-text.ts';
import type { SessionEntry } from '../../types.ts';

/** Maximum cost of the history, in tokens; Indonesian text has about three characters per token. */
const MAX_HISTORY_TOKENS = 6_000;
const CHARACTERS_PER_TOKEN = 3;

/**
 * Converts a session to Gemini's contents: oldest first, beginning with a user's message. Drops the oldest entries if the
 * session exceeds the maximum cost. Fences the users' messages.
 */
export function toHistory(session: readonly SessionEntry[], nonce: string): Content[] {
  let charactersLeft = MAX_HISTORY_TOKENS * CHARACTERS_PER_TOKEN;
  const entries: SessionEntry[] = [];
  for (const entry of session.toReversed()) {
    charactersLeft -= entry.content.length;
    if (charactersLeft < 0) break;
    entries.unshift(entry);
  }
  // An answer whose question was dropped has no meaning, so the history begins with a question.
  const firstQuestion = entries.findIndex(({ role }) => role === 'user');
  return (firstQuestion < 0 ? [] : entries.slice(firstQuestion)).map(({ role, content }) => ({
    role: role === 'assistant' ? 'model' : 'user',
    parts: [{ text: role === 'assistant' ? content : fence('pesan', content, nonce) }],
  }));
}
