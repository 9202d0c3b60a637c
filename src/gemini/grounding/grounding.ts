import { type DataFigure, type DataFigures, embeddedCounts, extractDataFigures } from './data-figures.ts';
import { extractMentions, type Figure, type Mention } from './extract-figures.ts';

export interface GroundingSources {
  /** what tools returned in this turn and what the context gave; never the arguments of calls */
  data: unknown[];
  /** figures of this session's earlier answers that were found in data then */
  earlier: number[];
  /** what the user wrote in this turn and session */
  user: string[];
}

export interface GroundedFigure {
  figure: Figure;
  /** the number as the source holds it, not rounded: this is what may count as an earlier figure in the next turn */
  known: number;
  /** `result` is an index of `data`; `path` leads to the number in it: `accounts.3.sisa`, empty in plain text */
  from: { source: 'data'; result: number; path: string } | { source: 'earlier' } | { source: 'user' };
}

/** Looks up every figure of an answer in what it may rest on; nothing is computed, and rounding counts at the precision shown. */
export function checkFigures(
  answer: string,
  sources: GroundingSources,
): { grounded: GroundedFigure[]; ungrounded: Figure[] } {
  const grounded: GroundedFigure[] = [];
  const ungrounded: Figure[] = [];
  const mentions = extractMentions(answer).filter((mention) => mention.stated);
  if (mentions.length === 0) return { grounded, ungrounded };
  const data = sources.data.map(extractDataFigures);
  const earlier = sortedValues(sources.earlier);
  const user = sortedValues(sources.user.flatMap((text) => extractMentions(text).map((mention) => mention.value)));
  for (const [nth, mention] of mentions.entries()) {
    const { stated, before, after, ...figure } = mention;
    const clause = () =>
      clauseAround(answer, mention, mentions[nth - 1]?.end ?? 0, mentions[nth + 1]?.start ?? answer.length);
    const found = inData(mention, data, clause) ?? among(mention, earlier, 'earlier') ?? among(mention, user, 'user');
    if (found) grounded.push({ figure, ...found });
    else ungrounded.push(figure);
  }
  return { grounded, ungrounded };
}

type Found = Omit<GroundedFigure, 'figure'>;

function sortedValues(values: readonly number[]): DataFigure[] {
  return values.map((value) => ({ value, path: '' })).sort((one, two) => one.value - two.value);
}

function among(mention: Mention, values: readonly DataFigure[], source: 'earlier' | 'user'): Found | undefined {
  const found = nearest(mention, values);
  return found && { known: found.value, from: { source } };
}

function inData(mention: Mention, data: readonly DataFigures[], clause: () => string): Found | undefined {
  for (const [result, known] of data.entries()) {
    const found = lookUp(mention, known, clause);
    if (found) return { known: found.value, from: { source: 'data', result, path: found.path } };
  }
  return undefined;
}

function lookUp(mention: Mention, known: DataFigures, clause: () => string): DataFigure | undefined {
  if (mention.kind === 'amount') return nearest(mention, known.amounts);
  if (mention.kind === 'percent') return nearest(mention, known.percents);
  if (mention.kind === 'number') return nearest(mention, known.numbers) ?? counted(mention, known, clause);
  if (mention.precision > 0.5) return nearest(mention, known.numbers); // «25 ribu kegiatan»
  return counted(mention, known, clause);
}

function counted(mention: Mention, known: DataFigures, clause: () => string): DataFigure | undefined {
  const { value, noun } = mention;
  const nouns = noun === undefined ? [...known.counts.keys()] : noun === 'hari' ? ['hari'] : [noun, ''];
  const phrases = noun === undefined ? [] : embeddedCounts(mention);
  const path =
    nouns.map((each) => known.counts.get(each)?.get(value)).find((each) => each !== undefined) ??
    phrases.map((each) => known.phrases.get(each)).find((each) => each !== undefined) ??
    tallied(mention, known, clause);
  return path === undefined ? undefined : { value, path };
}

// Part of a list counts where the answer says which part, beside the number: «2 kegiatan berstatus Rencana».
function tallied(mention: Mention, known: DataFigures, clause: () => string): string | undefined {
  const fitting = known.tallies.filter(
    ({ count, noun }) =>
      count === mention.value && (noun === mention.noun || noun === undefined || mention.noun === undefined),
  );
  if (fitting.length === 0) return undefined;
  const words = clause();
  return fitting.find((tally) => tally.labels.some((label) => holds(words, label)))?.path;
}

// The answer's line around a figure, from the figure before it to the one after it.
function clauseAround(answer: string, mention: Mention, from: number, to: number): string {
  const before = answer.slice(from, mention.start);
  const after = answer.slice(mention.end, to);
  const line = `${before.slice(before.lastIndexOf('\n') + 1)} ${after.split('\n', 1)[0]}`;
  return line.toLowerCase();
}

function holds(text: string, label: string): boolean {
  const at = text.indexOf(label);
  return at >= 0 && !/[\p{L}\d]/u.test(text[at - 1] ?? ' ') && !/[\p{L}\d]/u.test(text[at + label.length] ?? ' ');
}

// The number nearest to a figure within its precision; with either sign where a word beside the figure tells the direction.
function nearest(figure: Figure, known: readonly DataFigure[]): DataFigure | undefined {
  for (const value of figure.falls ? [figure.value, -figure.value] : [figure.value]) {
    const at = lowerBound(known, value);
    const [above, below] = [known[at], known[at - 1]].map(
      (each) => each && { each, off: Math.abs(each.value - value) },
    );
    const fitting = [
      above && above.off <= tolerance(figure, 'above', above.each) ? above : undefined,
      below && below.off <= tolerance(figure, 'below', below.each) ? below : undefined,
    ].filter((each) => each !== undefined);
    if (fitting.length > 0) return fitting.reduce((one, two) => (two.off < one.off ? two : one)).each;
  }
  return undefined;
}

// A count is exact unless it stands in thousands or more; a sliver is left for binary fractions.
function tolerance(figure: Figure, side: 'above' | 'below', known: DataFigure): number {
  if (figure.kind === 'count' && figure.precision <= 0.5) return 0;
  const sliver = figure.precision * 1e-9 + Math.abs(known.value) * Number.EPSILON;
  return figure.cut === side ? figure.precision * 2 : figure.precision + sliver;
}

function lowerBound(known: readonly DataFigure[], value: number): number {
  let [low, high] = [0, known.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle]!.value < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
