import { type DataFigure, type DataFigures, embeddedCounts, extractDataFigures } from './data-figures.ts';
import { extractMentions, type Figure, type Mention } from './extract-figures.ts';

/** The sources that may confirm a figure. */
export interface GroundingSources {
  /** Tool results of this turn and the activity context; never the arguments of calls. */
  data: unknown[];
  /** Figures of the session's earlier answers that data confirmed. */
  earlier: number[];
  /** The user's messages in this turn and session. */
  user: string[];
}

/** A figure that a source confirms. */
export interface GroundedFigure {
  figure: Figure;
  /** The exact number of the source, which the next turn accepts as an earlier figure. */
  exact: number;
  /** `result`: index in `data`. `path`: the number's position in it, `accounts.3.sisa`; empty in plain text. */
  from: { source: 'data'; result: number; path: string } | { source: 'earlier' } | { source: 'user' };
}

/** Looks up every figure of an answer in its sources, rounded to the precision shown. Does not compute. */
export function checkFigures(
  answer: string,
  sources: GroundingSources,
): { grounded: GroundedFigure[]; ungrounded: Figure[] } {
  const grounded: GroundedFigure[] = [];
  const ungrounded: Figure[] = [];
  const mentions = extractMentions(answer).filter((mention) => mention.isFigure);
  if (mentions.length === 0) return { grounded, ungrounded };
  const data = sources.data.map(extractDataFigures);
  const earlier = sortedValues(sources.earlier);
  const user = sortedValues(sources.user.flatMap((text) => extractMentions(text).map((mention) => mention.value)));
  for (const [nth, mention] of mentions.entries()) {
    const { isFigure, before, after, ...figure } = mention;
    const clause = () =>
      clauseAround(answer, mention, mentions[nth - 1]?.end ?? 0, mentions[nth + 1]?.start ?? answer.length);
    const found =
      findInData(mention, data, clause) ??
      findInValues(mention, earlier, 'earlier') ??
      findInValues(mention, user, 'user');
    if (found) grounded.push({ figure, ...found });
    else ungrounded.push(figure);
  }
  return { grounded, ungrounded };
}

type Found = Omit<GroundedFigure, 'figure'>;

function sortedValues(values: readonly number[]): DataFigure[] {
  return values.map((value) => ({ value, path: '' })).sort((one, two) => one.value - two.value);
}

function findInValues(mention: Mention, values: readonly DataFigure[], source: 'earlier' | 'user'): Found | undefined {
  const found = findNearest(mention, values);
  return found && { exact: found.value, from: { source } };
}

function findInData(mention: Mention, data: readonly DataFigures[], clause: () => string): Found | undefined {
  for (const [result, figures] of data.entries()) {
    const found = findFigure(mention, figures, clause);
    if (found) return { exact: found.value, from: { source: 'data', result, path: found.path } };
  }
  return undefined;
}

function findFigure(mention: Mention, figures: DataFigures, clause: () => string): DataFigure | undefined {
  if (mention.kind === 'amount') return findNearest(mention, figures.amounts);
  if (mention.kind === 'percent') return findNearest(mention, figures.percents);
  if (mention.kind === 'number') return findNearest(mention, figures.numbers) ?? findCount(mention, figures, clause);
  if (mention.precision > 0.5) return findNearest(mention, figures.numbers); // «25 ribu kegiatan»
  return findCount(mention, figures, clause);
}

function findCount(mention: Mention, figures: DataFigures, clause: () => string): DataFigure | undefined {
  const { value, noun } = mention;
  const nouns = noun === undefined ? [...figures.counts.keys()] : noun === 'hari' ? ['hari'] : [noun, ''];
  const phrases = noun === undefined ? [] : embeddedCounts(mention);
  const path =
    nouns.map((each) => figures.counts.get(each)?.get(value)).find((each) => each !== undefined) ??
    phrases.map((each) => figures.phrases.get(each)).find((each) => each !== undefined) ??
    findValueCount(mention, figures, clause);
  return path === undefined ? undefined : { value, path };
}

/** Confirms the count of a part of a list if the clause names that part: «2 kegiatan berstatus Rencana». */
function findValueCount(mention: Mention, figures: DataFigures, clause: () => string): string | undefined {
  const fitting = figures.valueCounts.filter(
    ({ count, noun }) =>
      count === mention.value && (noun === mention.noun || noun === undefined || mention.noun === undefined),
  );
  if (fitting.length === 0) return undefined;
  const words = clause();
  return fitting.find(({ labels }) => labels.some((label) => containsWords(words, label)))?.path;
}

/** Returns the line around a figure, between the figures before and after it, in lower case. */
function clauseAround(answer: string, mention: Mention, from: number, to: number): string {
  const before = answer.slice(from, mention.start);
  const after = answer.slice(mention.end, to);
  const line = `${before.slice(before.lastIndexOf('\n') + 1)} ${after.split('\n', 1)[0]}`;
  return line.toLowerCase();
}

function containsWords(text: string, label: string): boolean {
  const at = text.indexOf(label);
  return at >= 0 && !/[\p{L}\d]/u.test(text[at - 1] ?? ' ') && !/[\p{L}\d]/u.test(text[at + label.length] ?? ' ');
}

/** Finds the nearest number within the precision of a figure; with both signs if the figure may be negative. */
function findNearest(figure: Figure, candidates: readonly DataFigure[]): DataFigure | undefined {
  for (const value of figure.mayBeNegative ? [figure.value, -figure.value] : [figure.value]) {
    const at = lowerBound(candidates, value);
    const [above, below] = [candidates[at], candidates[at - 1]].map(
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

/** Returns the maximum difference. Counts below thousands are exact; other figures allow for binary fractions. */
function tolerance(figure: Figure, side: 'above' | 'below', known: DataFigure): number {
  if (figure.kind === 'count' && figure.precision <= 0.5) return 0;
  const binaryError = figure.precision * 1e-9 + Math.abs(known.value) * Number.EPSILON;
  return figure.truncated === side ? figure.precision * 2 : figure.precision + binaryError;
}

/** Returns the index of the first number that is not below `value`. */
function lowerBound(sorted: readonly DataFigure[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.value < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
