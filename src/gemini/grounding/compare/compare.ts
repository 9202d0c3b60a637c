import type { ReadText } from '../binding/binding.ts';
import type { Known } from '../checks/scene.ts';
import type { Records } from '../data/records.ts';
import { between, lowerBound } from '../data/sorted.ts';
import type { Figure } from '../text/figures.ts';
import type { Token } from '../text/tokenizer.ts';
import { checkBareComparative, isBareComparative } from './bare-comparatives.ts';
import { checkComparative, isComparative } from './comparatives.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import { checkDate, checkWeekday, isWeekday, mayBeDay } from './dates.ts';
import { checkMove, isMove } from './moves.ts';
import { checkSuperlative, isSuperlative } from './superlatives.ts';

/** A statement that the data contradicts. */
export interface WrongComparison {
  /** Index of the first token of `figure`. */
  from: number;
  /** The figure next to the comparing word, or the word. */
  figure: Figure;
  why: string;
}

type Check = (comparison: Comparison) => Contradiction | undefined;

const CHECKS: { startsAt: (tokens: readonly Token[], at: number) => boolean; check: Check }[] = [
  { startsAt: isSuperlative, check: checkSuperlative },
  { startsAt: isComparative, check: checkComparative },
  { startsAt: isBareComparative, check: checkBareComparative },
  { startsAt: isMove, check: checkMove },
  { startsAt: mayBeDay, check: checkDate },
  { startsAt: isWeekday, check: checkWeekday },
];

/** A word that compares, and how it is checked. */
export interface Comparing {
  at: number;
  check: Check;
}

/** Finds the words of a text that start a comparison, a change or a day. */
export function findComparing(tokens: readonly Token[]): Comparing[] {
  const found: Comparing[] = [];
  for (let at = 0; at < tokens.length; at++)
    for (const { startsAt, check } of CHECKS) if (startsAt(tokens, at)) found.push({ at, check });
  return found;
}

/** Finds statements that the data contradicts: superlatives, comparisons of figures or rows, directions of changes, dates of rows. */
export function findWrongComparisons(
  comparing: readonly Comparing[],
  read: ReadText,
  records: Records,
  known: readonly Known[],
): WrongComparison[] {
  const wrong = new Map<number, WrongComparison>();
  for (const { at, check } of comparing) {
    const found = check(readComparison(read, records, known, at));
    if (found) wrong.set(found.from, toWrongComparison(read, found));
  }
  return [...wrong.values()].sort((one, two) => one.from - two.from);
}

/** Maximum number of tokens that belong to one comparison, before and behind its word. */
const MAX_BEFORE = 24;
const MAX_BEHIND = 48;
/** Maximum number of confirmed figures before the sentence. */
const MAX_ABOVE = 40;

function readComparison(read: ReadText, records: Records, known: readonly Known[], at: number): Comparison {
  const { tokens, mentions, layout } = read;
  let [from, to] = [at, at + 1];
  while (from > 0 && at - from < MAX_BEFORE && !isEnd(tokens, from - 1)) from--;
  while (to < tokens.length && to - at < MAX_BEHIND && !isEnd(tokens, to)) to++;
  const names = between(read.names[layout.lineOf[at]!]!, (name) => name.from, from, to);
  const first = lowerBound(known, ({ mention }) => mention.from, from);
  return {
    read,
    records,
    at,
    from,
    to,
    names: names.filter((name) => name.to <= to),
    known: between(known, ({ mention }) => mention.from, from, to).filter(
      ({ mention }) =>
        !names.some((name) => name.kind !== 'field' && name.from <= mention.from && mention.from < name.to),
    ),
    above: known.slice(Math.max(0, first - MAX_ABOVE), first),
    mentions: between(mentions, (mention) => mention.from, from, to),
  };
}

function isEnd(tokens: readonly Token[], at: number): boolean {
  return tokens[at]!.kind === 'break' || (/^[.!?;]$/.test(tokens[at]!.text) && !tokens[at + 1]?.glued);
}

function toWrongComparison({ text, tokens }: ReadText, { from, last, why }: Contradiction): WrongComparison {
  const [start, end] = [tokens[from]!.start, tokens[last]!.end];
  const shown = text.slice(start, end).replace(/[*`~\\_]/g, '');
  return { from, figure: { text: shown, value: 0, kind: 'number', precision: 0.5, start, end }, why };
}
