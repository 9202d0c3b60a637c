import type { Mention } from '../text/figures.ts';
import type { Line, Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';

const CLAUSE_WORDS = new Set('sedangkan sementara namun tetapi tapi padahal'.split(' '));
/** Maximum number of tokens that a clause is searched in each direction; keeps the time linear. */
export const MAX_REACH = 60;
const SYMBOL = /^\p{Extended_Pictographic}/u;

/** Returns whether a token ends a sentence; an emoji does before a capitalized word. */
export function isSentenceEnd(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!;
  if (token.kind === 'break') return true;
  const next = tokens[at + 1];
  if (token.kind === 'mark' && SYMBOL.test(token.text)) return /^\p{Lu}/u.test(next?.text ?? '');
  // «Sisa ........ Rp88»
  const isLeader = token.text === '.' && [1, 2, 3].every((back) => tokens[at - back]?.text === '.');
  return !isLeader && /^[.!?;]$/.test(token.text) && !next?.glued;
}

export function isClauseEnd(tokens: readonly Token[], at: number): boolean {
  return isSentenceEnd(tokens, at) || /^[,|•;+=÷×−<>]$/.test(tokens[at]!.text) || CLAUSE_WORDS.has(tokens[at]!.lower);
}

/** Returns the part of a line around a mention up to tokens that end it. */
export function extendTo(
  isEnd: (tokens: readonly Token[], at: number) => boolean,
  tokens: readonly Token[],
  line: Line,
  mention: Mention,
): Range {
  let [from, to] = [mention.from, mention.last + 1];
  while (from > line.from && mention.from - from < MAX_REACH && !isEnd(tokens, from - 1)) from--;
  while (to < line.to && to - mention.last < MAX_REACH && !isEnd(tokens, to)) to++;
  return { from, to };
}

/** Returns the word before a figure, without «total», «sekitar», «setiap» and similar. */
export function wordBefore(tokens: readonly Token[], from: number): string {
  let at = from - 1;
  while (
    at > from - 4 &&
    /^(?:total|seluruh|semua|sekitar|kira|kurang|lebih|setiap|±|~)$/.test(tokens[at]?.lower ?? '')
  )
    at--;
  return tokens[at]?.lower ?? '';
}
