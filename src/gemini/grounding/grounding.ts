import type { ReadText } from './binding/binding.ts';
import { isNotData } from './binding/not-data.ts';
import { bindNames, type Item, readText } from './binding/read-answer.ts';
import { isChecked, isContradicted, isMisplaced, isOppositeChange, isSuperseded } from './checks/judge.ts';
import { isLimit, isTrueLimit } from './checks/limits.ts';
import { findOutliers } from './checks/list-fields.ts';
import { hasLabels, type Lookup, lookUp, tolerance } from './checks/lookup.ts';
import type { Known } from './checks/scene.ts';
import { findLimit } from './checks/thresholds.ts';
import { findComparing, findWrongComparisons } from './compare/compare.ts';
import { readRecords } from './data/read-records.ts';
import type { Cell, Records } from './data/records.ts';
import { between, lowerBound } from './data/sorted.ts';
import { derive } from './derive/derive.ts';
import { isTimes } from './derive/derive-counts.ts';
import { dependsOnToday } from './derive/derive-days.ts';
import { describeField, describeRow, explainDoubt } from './explain.ts';
import { extractMentions, toFigure } from './text/extract-figures.ts';
import type { Figure } from './text/figures.ts';
import { normalizeText } from './text/normalize.ts';

/** The sources that may confirm a figure. */
export interface GroundingSources {
  /** Tool results of this turn and the schedule; never the arguments of calls. */
  data: unknown[];
  /** Figures of the session's earlier answers that data confirmed. */
  earlier: number[];
  /** The user's messages in this turn and session. */
  user: string[];
  /** The day of the turn where the user is, `2026-11-24`; without it, days until today are not checked. */
  today?: string;
}

/** A figure that a source confirms. */
export interface GroundedFigure {
  figure: Figure;
  /** The exact number of the source, which the next turn accepts as an earlier figure. */
  exact: number;
  from: FigureSource;
}

/**
 * The source of a figure. `result`: index in `data`. `path`: the number's position in it, `accounts.3.sisa`; empty in plain
 * text. `field`, `row`: the names of the number and of its row in Indonesian; `row` is empty for a whole result.
 */
export type FigureSource =
  | { source: 'data'; result: number; path: string; field: string; row: string }
  | { source: 'earlier' }
  | { source: 'user' }
  | { source: 'derived'; how: string };

/** A figure that no source confirms, and the reason in Indonesian. */
export interface DoubtedFigure extends Figure {
  why: string;
  /** The data has the value, but as another field or in another row. */
  isInData: boolean;
}

/** Maximum number of figures of one answer that are recomputed; keeps the time linear. */
const MAX_DERIVED = 300;
/** Number of confirmed figures before and after a figure that may be operands. */
const MAX_KNOWN_AROUND = 40;

/** Checks every figure of an answer, as it is sent: looks it up in its sources, recomputes it, and verifies comparisons. */
export function checkFigures(
  answer: string,
  sources: GroundingSources,
): { grounded: GroundedFigure[]; ungrounded: DoubtedFigure[] } {
  const unnamed = readText(answer);
  const comparing = findComparing(unnamed.tokens);
  if (unnamed.mentions.length === 0 && comparing.length === 0) return { grounded: [], ungrounded: [] };
  const records = readRecords(sources.data);
  const checked: Checked = {
    ...bindNames(unnamed, records),
    records,
    sources,
    known: [],
    confirmed: new Map(),
    others: new Map(),
  };
  lookUpFigures(checked);
  recompute(checked);
  rejectOutliers(checked);
  const wrong = findWrongComparisons(comparing, checked.read, records, checked.known);
  const isWrong = ({ mention }: Item) => between(wrong, ({ from }) => from, mention.from, mention.last + 1).length > 0;
  return {
    grounded: checked.items.flatMap((item) => {
      const found = checked.confirmed.get(item);
      return found && item.mention.isFigure && !isWrong(item) ? [{ figure: toFigure(item.mention), ...found }] : [];
    }),
    ungrounded: [
      ...listDoubted(checked).map((item) => {
        const other = checked.others.get(item);
        return { ...toFigure(item.mention), why: explainDoubt(other), isInData: other !== undefined };
      }),
      ...wrong.map(({ figure, why }) => ({ ...figure, why, isInData: true })),
    ],
  };
}

/** An answer with its sources and what they say about its figures so far. */
interface Checked {
  read: ReadText;
  items: readonly Item[];
  records: Records;
  sources: GroundingSources;
  /** Confirmed figures, in the order of the text. */
  known: Known[];
  confirmed: Map<Item, Pick<GroundedFigure, 'exact' | 'from'>>;
  /** Numbers with the value of a figure, but another name. */
  others: Map<Item, Cell>;
}

function confirm(
  { confirmed, known }: Checked,
  item: Item,
  exact: number,
  from: FigureSource,
  more: Pick<Known, 'cell' | 'field' | 'limit'> = {},
): void {
  confirmed.set(item, { exact, from });
  known.splice(positionIn(known, item), 0, { ...item, exact, ...more });
}

/** Confirms the figures that the data, an earlier answer or the user contains. */
function lookUpFigures(checked: Checked): void {
  const { items, read, records, sources } = checked;
  const earlier = toSorted(sources.earlier);
  const user = toSorted(sources.user.flatMap((text) => extractMentions(normalizeText(text)).map(({ value }) => value)));
  for (const item of items) {
    const isLimited = findLimit(read.tokens, item.mention, item.around) || isTimes(item, read);
    const { cell, other }: Lookup = isLimited ? {} : lookUp(item.mention, item.binding, records);
    if (other) checked.others.set(item, other);
    const before = cell ? undefined : findNearest(item.mention, earlier);
    const written = cell ? undefined : findNearest(item.mention, user);
    if (cell) confirm(checked, item, cell.value, sourceOf(cell), { cell });
    else if (before !== undefined) confirm(checked, item, before, { source: 'earlier' });
    else if (written !== undefined && !isSuperseded(item, records)) confirm(checked, item, written, { source: 'user' });
  }
}

/** Confirms the figures that a computation gives. A derived figure may be an operand of another one. */
function recompute(checked: Checked): void {
  const { items, read, records, sources, known, confirmed, others } = checked;
  const open = () => items.filter((item) => !confirmed.has(item)).slice(0, MAX_DERIVED);
  for (let round = 0; round < 2; round++)
    for (const item of open()) {
      if (isContradicted(item, read, records) || isLimit(read.tokens, item.mention)) continue;
      const at = positionIn(known, item);
      const operands = known.slice(Math.max(0, at - MAX_KNOWN_AROUND), at + MAX_KNOWN_AROUND);
      const other = others.get(item);
      const misplaced = isMisplaced(item, read, other);
      if (misplaced && (!other || !hasLabels(other, item.binding))) continue;
      if (isOppositeChange(item, other)) continue;
      const derived = derive({ ...item, read, records, known: operands, isMisplaced: misplaced, today: sources.today });
      if (!derived) continue;
      const { value, how, limit, field } = derived;
      confirm(checked, item, value, { source: 'derived', how }, { limit, field });
    }
}

/** Doubts amounts of a list that are another field than those of the other items. */
function rejectOutliers({ items, read, known, confirmed, others }: Checked): void {
  const outliers = findOutliers(known, read);
  for (const item of items) {
    const cell = outliers.get(item.mention);
    if (!cell) continue;
    confirmed.delete(item);
    others.set(item, cell);
  }
}

function listDoubted({ items, read, records, sources, known, confirmed }: Checked): Item[] {
  const isAccepted = (item: Item) =>
    isNotData(read, item) ||
    (sources.today === undefined && dependsOnToday(item)) ||
    isTrueLimit(read, item, records, known);
  return items.filter((item) => !confirmed.has(item) && isChecked(item, read) && !isAccepted(item));
}

function positionIn(known: readonly Known[], { mention }: Item): number {
  return lowerBound(known, (each) => each.mention.from, mention.from);
}

function sourceOf(cell: Cell): FigureSource {
  const { result, path, row } = cell;
  return { source: 'data', result, path, field: describeField(cell), row: describeRow(row) };
}

function toSorted(values: readonly number[]): number[] {
  return [...values].sort((one, two) => one - two);
}

/** Returns the number nearest to a figure within its precision; with both signs if the figure may be negative. */
function findNearest(figure: Figure, sorted: readonly number[]): number | undefined {
  for (const value of figure.mayBeNegative ? [figure.value, -figure.value] : [figure.value]) {
    const at = lowerBound(sorted, (each) => each, value);
    const [above, below] = [sorted[at], sorted[at - 1]];
    const fitting = [
      above !== undefined && above - value <= tolerance(figure, 'above', above) ? above : undefined,
      below !== undefined && value - below <= tolerance(figure, 'below', below) ? below : undefined,
    ].filter((each) => each !== undefined);
    if (fitting.length > 0)
      return fitting.reduce((one, two) => (Math.abs(two - value) < Math.abs(one - value) ? two : one));
  }
  return undefined;
}
