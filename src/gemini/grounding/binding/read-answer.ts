import type { Records } from '../data/records.ts';
import { parseMentions } from '../text/extract-figures.ts';
import type { Mention } from '../text/figures.ts';
import { readLayout } from '../text/layout.ts';
import { normalizeText } from '../text/normalize.ts';
import { tokenize } from '../text/tokenizer.ts';
import { bindMentions } from './bind.ts';
import type { Binding, ReadText } from './binding.ts';
import { findNames } from './find-names.ts';

/** A number of the answer with the names and words around it. */
export interface Item {
  mention: Mention;
  binding: Binding;
  /** Mentions near it in the text, at most `MAX_AROUND` in each direction. */
  around: readonly Mention[];
  /** Words of its sentence with the mark at its end, in lower case with spaces around. */
  words: string;
  /** Words next to it, up to its neighbors. */
  near: string;
  nearRange: { from: number; to: number };
}

/** Words around a figure that belong to it, tokens. */
const NEAR_BEFORE = 9;
const NEAR_AFTER = 5;
const MAX_AROUND = 40;

/** A text without the names in it. */
export type UnnamedText = Omit<ReadText, 'names'>;

/** Reads a text: tokens, lines, and the numbers in it. */
export function readText(raw: string): UnnamedText {
  const text = normalizeText(raw);
  const tokens = tokenize(text);
  const layout = readLayout(text, tokens);
  return { text, tokens, layout, mentions: parseMentions(text, tokens, layout) };
}

/** Finds the names from the data in a text, and those that apply to each number. */
export function bindNames(unnamed: UnnamedText, { labels }: Records): { read: ReadText; items: Item[] } {
  const { text, tokens, layout } = unnamed;
  const read = { ...unnamed, names: layout.lines.map((line) => findNames(text, tokens, line, labels)) };
  return { read, items: describeMentions(read) };
}

function describeMentions(read: ReadText): Item[] {
  const { mentions, tokens } = read;
  const join = (from: number, to: number) =>
    ` ${tokens
      .slice(Math.max(0, from), to)
      .map(({ lower }) => lower)
      .join(' ')} `;
  return bindMentions(read).map((binding, nth) => {
    const mention = mentions[nth]!;
    const { sentence } = binding;
    const from = Math.max(sentence.from, mention.from - NEAR_BEFORE, (mentions[nth - 1]?.last ?? -1) + 1);
    const to = Math.min(sentence.to, mention.last + 1 + NEAR_AFTER, mentions[nth + 1]?.from ?? tokens.length);
    return {
      mention,
      binding,
      around: mentions.slice(Math.max(0, nth - MAX_AROUND), nth + MAX_AROUND),
      words: join(sentence.from, sentence.to + 1),
      near: join(from, to),
      nearRange: { from, to },
    };
  });
}
