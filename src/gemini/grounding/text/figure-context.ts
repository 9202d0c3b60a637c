import * as words from './lexicon.ts';
import type { Token } from './tokenizer.ts';

/** A number with its unit and token range. */
interface DraftFigure {
  value: number;
  currency: boolean;
  noun: string | undefined;
  from: number;
  end: number;
}

/** The sign of a multiplication before a number; `*` may also begin bold text. */
const MULTIPLIED = /(?:[×·⋅✕]|\\times|dikali(?:kan)?|[\s\d)%]x|[\d)%]\*|\s\*(?=\s))\s{0,3}$/i;

/** «× 100%» in a formula turns a ratio into a percentage. */
export function isPercentFactor(text: string, start: number, { value, noun, currency }: DraftFigure): boolean {
  return value === 100 && !noun && !currency && MULTIPLIED.test(text.slice(Math.max(0, start - 16), start));
}

/** Returns the word at a token in lower case; empty at punctuation. */
export function wordAt(tokens: readonly Token[], at: number): string {
  return tokens[at]?.kind === 'word' ? tokens[at]!.lower : '';
}

/** Parses «lebih dari» and «hampir» before a number. */
export function parseTruncation(tokens: readonly Token[], from: number): { truncated?: 'above' | 'below' } {
  const before = `${wordAt(tokens, from - 2)} ${wordAt(tokens, from - 1)}`;
  if (words.ABOVE.test(before)) return { truncated: 'above' };
  return words.BELOW.test(before) ? { truncated: 'below' } : {};
}

/** Returns whether a word next to a number, in the same clause, expresses a negative direction. */
export function hasNegativeWordNearby(tokens: readonly Token[], draft: DraftFigure): boolean {
  for (let at = draft.from - 1; at >= 0 && draft.from - at <= 7 && !endsClause(tokens[at]!); at--) {
    if (isNegativeWord(tokens, at)) return true;
  }
  for (let at = draft.end + 1; at < tokens.length && at - draft.end <= 3 && !endsClause(tokens[at]!); at++) {
    const { lower } = tokens[at]!;
    if (/^(?:rendah|bawah)$/.test(lower)) return true;
    // «Rp2 juta di atas pagu»
    if (lower === 'atas' && tokens[at + 1]?.lower === 'pagu') return true;
    // «Rp500 (minus)»; «Rp500 minus Rp200» is a difference.
    if (/^(?:minus|negatif)$/.test(lower) && tokens[at - 1]?.text === '(') return true;
  }
  return false;
}

/** «kurang lebih» and «lebih dari» describe precision, not a decrease. */
function isNegativeWord(tokens: readonly Token[], at: number): boolean {
  const { lower } = tokens[at]!;
  if (!words.NEGATIVE.has(lower)) return false;
  const [before, after] = [tokens[at - 1]?.lower, tokens[at + 1]?.lower];
  if (lower === 'kurang') return after !== 'lebih' && after !== 'dari';
  return lower !== 'lebih' || (before !== 'kurang' && after !== 'dari');
}

function endsClause(token: Token): boolean {
  return token.kind === 'break' || (token.text.length === 1 && '.,;!?|'.includes(token.text));
}
