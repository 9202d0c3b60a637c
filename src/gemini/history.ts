import type { Content } from '@google/genai/web';
import { fence } from '../security/untrusted-text.ts';
import type { SessionEntry } from '../types.ts';

/** What the history may cost, in tokens; Indonesian text has about three characters a token. */
const TOKEN_BUDGET = 6_000;
const CHARACTERS_PER_TOKEN = 3;

/**
 * A session as Gemini takes it: oldest first, beginning with the user, the oldest exchanges left out where the whole
 * would cost more than the budget. What users wrote is fenced.
 */
export function toHistory(session: readonly SessionEntry[], nonce: string): Content[] {
  let left = TOKEN_BUDGET * CHARACTERS_PER_TOKEN;
  const kept: SessionEntry[] = [];
  for (const entry of session.toReversed()) {
    left -= entry.content.length;
    if (left < 0) break;
    kept.unshift(entry);
  }
  // An answer whose question was left out would stand for nothing.
  const begin = kept.findIndex(({ role }) => role === 'user');
  return (begin < 0 ? [] : kept.slice(begin)).map(({ role, content }) => ({
    role: role === 'assistant' ? 'model' : 'user',
    parts: [{ text: role === 'assistant' ? content : fence('pesan', content, nonce) }],
  }));
}
