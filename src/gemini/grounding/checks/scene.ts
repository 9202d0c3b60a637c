import type { Binding, ReadText } from '../binding/binding.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Item } from '../binding/read-answer.ts';
import type { Label } from '../data/labels.ts';
import type { Cell, Records, Row } from '../data/records.ts';
import { type LabelSets, type Selection, selectRows, totalRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/figures.ts';

/** A confirmed figure, an operand of later computations. */
export interface Known {
  mention: Mention;
  binding: Binding;
  exact: number;
  /** The number of the data that confirms it. */
  cell?: Cell | undefined;
  /** The field of its operands, if it was computed from one. */
  field?: string | undefined;
  /** The limit of the rows that a count counts, as written. */
  limit?: string | undefined;
}

/** A figure that may be derived, and its surroundings. */
export interface Scene extends Item {
  read: ReadText;
  records: Records;
  /** Confirmed figures near it, in the order of the text. */
  known: readonly Known[];
  /** The data has the value in another place: only figures of the answer may confirm it. */
  isMisplaced: boolean;
  /** The day of the turn, `2026-11-24`, if known. */
  today: string | undefined;
}

/** A computed value and how, in Indonesian. */
export interface Candidate {
  value: number;
  how: string;
  limit?: string | undefined;
  /** The field of all operands. */
  field?: string | undefined;
  /** The value is a change from the earlier to the later state: its sign counts. */
  isChange?: boolean;
}

/** Rows and how the text describes them. */
export interface Described extends Selection {
  how: string;
  limit?: string;
}

export function boundLabels({ labels }: Binding): LabelSets {
  return new Map([...labels].map(([kind, { labels: set }]) => [kind, set]));
}

/** Collects labels by kind. Weak names (a single word of a name) count only if wanted. */
export function collectLabels(names: readonly Name[], withWeak = false): LabelSets {
  const sets = new Map<string, Set<Label>>();
  for (const { kind, labels, isWeak } of names) {
    if (!labels || labels.size === 0 || (isWeak && !withWeak)) continue;
    const known = sets.get(kind) ?? new Set();
    for (const label of labels) known.add(label);
    sets.set(kind, known);
  }
  return sets;
}

export function namesBetween(read: ReadText, line: number, from: number, to: number): Name[] {
  return between(read.names[line] ?? [], (name) => name.from, from, to).filter((name) => name.to <= to);
}

/** Operands are searched among this many confirmed figures. */
const MAX_OPERANDS = 8;
/** Maximum distance of an operand, lines. */
const MAX_LINES = 12;
/** Operands are more often before a figure than behind it, tokens. */
const BEHIND = 100;

/** Returns the confirmed figures of a kind nearest to a figure: those of its sentence first, then those of its line. */
export function nearest({ known, mention, binding }: Scene, ...kinds: Mention['kind'][]): Known[] {
  const { sentence, line } = binding;
  const distance = (each: Known) =>
    Math.abs(each.binding.line - line) * 10_000 +
    (each.mention.from >= sentence.from && each.mention.from < sentence.to ? 0 : 1000) +
    Math.abs(each.mention.from - mention.from) +
    (each.mention.from > mention.from ? BEHIND : 0);
  return known
    .filter((each) => kinds.includes(each.mention.kind) && Math.abs(each.binding.line - line) <= MAX_LINES)
    .sort((one, two) => distance(one) - distance(two))
    .slice(0, MAX_OPERANDS);
}

/** Returns the numbers of the sentence that are no amounts and no percentages: «dibagi 5», «6 minggu», «tiga dari 14». */
export function plainNumbers({ around, binding, mention }: Scene): Mention[] {
  return around.filter(
    (each) =>
      each !== mention &&
      (each.kind === 'number' || each.kind === 'count') &&
      each.from >= binding.sentence.from &&
      each.last < binding.sentence.to,
  );
}

/** The rows that the figure's names select, those that its line names before it, and whole results. */
export function rowsOf({ records, binding, read, mention }: Scene): Row[] {
  const before = namesBetween(read, binding.line, mention.from - MAX_BACK, mention.from).filter(
    ({ kind, isWeak }) => isObjectKind(kind) && !isWeak,
  );
  const sets = [
    boundLabels(binding),
    ...before
      .slice(-MAX_NAMED)
      .reverse()
      .map((name) => collectLabels([name])),
  ];
  const single = sets.flatMap((labels) => (labels.size > 0 ? selectRows(records, labels) : []));
  return [...new Set(single.flatMap(({ rows }) => (rows.length === 1 ? rows : []))), ...totalRows(records)];
}

/** Names that may be operands are at most this many tokens before. */
const MAX_BACK = 200;
/** Maximum number of objects that a line names before a figure and whose numbers may be operands. */
const MAX_NAMED = 2;

/** Returns the numbers of a field of whole results, and of the rows that the figure's names select. */
export function bases(scene: Scene, fields: readonly string[]): number[] {
  const cells = rowsOf(scene)
    .flatMap((row) => row.cells)
    .filter((cell) => cell.kind === 'amount' && cell.value !== 0 && !cell.isChange && fields.includes(cell.field));
  return [...new Set(cells.map(({ value }) => value))].slice(0, 6);
}

/** The amount fields that the text names, else those that an amount may be; never empty. */
export function fieldsOf({ binding }: Scene): string[] {
  const named = [...(binding.fields ?? [])].filter((field) => field !== 'serapan');
  // Activities have no other amount than alokasi.
  return named.length > 0 ? [...named, 'alokasi'] : ['alokasi', 'sisa', 'realisasi', 'pagu'];
}
