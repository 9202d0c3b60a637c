import type { Binding, ReadText } from '../binding/bind.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Item } from '../binding/read-answer.ts';
import type { Label } from '../data/labels.ts';
import type { Records } from '../data/records.ts';
import { complement, type LabelSets, type Selection, selectByThreshold, selectRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Mention } from '../text/extract-figures.ts';

/** A confirmed figure, an operand of later computations. */
export interface Known {
  mention: Mention;
  binding: Binding;
  exact: number;
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
}

/** A computed value and how, in Indonesian. */
export interface Candidate {
  value: number;
  how: string;
  limit?: string | undefined;
}

/** Rows and how the text describes them. */
export interface Described extends Selection {
  how: string;
  limit?: string;
}

/** Words for the rows that are not named. */
export const REST = /\b(?:selain|luar|tanpa|kecuali|dikecualikan|lain|lainnya|sisanya)\b/;
/** Words for the objects that were named before, with their number. */
const ANAPHORS: [RegExp, number][] = [
  [/\b(?:keduanya|kedua)\b/, 2],
  [/\b(?:ketiganya|ketiga)\b/, 3],
  [/\b(?:keempatnya|keempat)\b/, 4],
  [/\b(?:kelimanya|kelima)\b/, 5],
  [/\b(?:total|totalnya|jumlahnya|gabungan|digabung|dijumlahkan|nilainya|semuanya|lainnya|mencakup|lain)\b/, Infinity],
];

/** Yields the row sets that the text may mean, the most likely first. */
export function* selections(scene: Scene): Generator<Described> {
  const { records, binding, read, words } = scene;
  const bound = boundLabels(binding);
  const sentence = namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to);
  const isRest = REST.test(words);
  const seen = new Set<string>();
  const sets = [...weakLabels(scene), bound, collectLabels(sentence), ...byKind(sentence), ...anaphors(scene)];
  for (const labels of sets) {
    for (const selection of labels.size > 0 ? selectRows(records, labels) : []) {
      const { list, rows } = selection;
      const key = `${list.owner.result} ${list.path} ${rows.length} ${list.rows.indexOf(rows[0]!)} ${list.rows.indexOf(rows.at(-1)!)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (isRest && REST.test(scene.near)) yield { ...complement(selection), how: 'baris lainnya' };
      yield { ...selection, how: `${rows.length} baris yang disebut` };
      if (isRest && !REST.test(scene.near)) yield { ...complement(selection), how: 'baris lainnya' };
    }
  }
  yield* thresholds(scene);
  for (const list of records.lists) if (list.owner.isTotal) yield { list, rows: list.rows, how: 'semua baris' };
}

export function boundLabels({ labels }: Binding): LabelSets {
  return new Map([...labels].map(([kind, { labels: set }]) => [kind, set]));
}

/** The rows with a word beside the figure in their name («pegawai 48%»), within the rows that it is bound to. */
function weakLabels({ read, binding, nearRange }: Scene): LabelSets[] {
  const weak = namesBetween(read, binding.line, nearRange.from, nearRange.to).filter(({ isWeak }) => isWeak);
  const named = collectLabels(weak, true);
  if (named.size === 0) return [];
  const [[kind, labels] = ['', new Set<Label>()]] = named;
  return [new Map([...boundLabels(binding), [`${kind}~`, labels]]), new Map([[kind, labels]])];
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

function byKind(names: readonly Name[]): LabelSets[] {
  const labels = collectLabels(names);
  return labels.size > 1 ? [...labels].map(([kind, set]) => new Map([[kind, set]])) : [];
}

export function namesBetween(read: ReadText, line: number, from: number, to: number): Name[] {
  return between(read.names[line] ?? [], (name) => name.from, from, to).filter((name) => name.to <= to);
}

/** The objects that «keduanya», «totalnya» … refer to: named before in the line, or in the neighboring list. */
/** Names that «keduanya» refers to are at most this many tokens before. */
const MAX_BACK = 120;

function anaphors({ read, binding, words, mention }: Scene): LabelSets[] {
  const count = ANAPHORS.find(([pattern]) => pattern.test(words))?.[1];
  const sets: LabelSets[] = [];
  if (count !== undefined) {
    const before = namesBetween(read, binding.line, mention.from - MAX_BACK, mention.from).filter(
      ({ kind, isWeak }) => isObjectKind(kind) && !isWeak,
    );
    for (const kind of ['account', 'name'])
      sets.push(collectLabels(before.filter((name) => name.kind === kind).slice(Number.isFinite(count) ? -count : 0)));
  }
  sets.push(namedInList(read, binding.line));
  return sets;
}

/** Maximum number of lines of a list that are read. */
const MAX_LISTED = 80;

/** Returns the objects that the lines of the neighboring list name: the list above, else the list below. */
function namedInList(read: ReadText, from: number): LabelSets {
  const { lines } = read.layout;
  for (const step of [-1, 1]) {
    const names: Name[] = [];
    let gap = 0;
    for (
      let at = from + step, seen = 0;
      at >= 0 && at < lines.length && seen < MAX_LISTED && gap < 5;
      at += step, seen++
    ) {
      if (lines[at]!.from === lines[at]!.to) continue;
      const objects = read.names[at]!.filter(({ kind, isWeak }) => isObjectKind(kind) && !isWeak);
      gap = objects.length > 0 ? 0 : gap + 1;
      // The first object of a line is its subject.
      names.push(...(step > 0 || lines[at]!.isItem || lines[at]!.isMonospace ? objects.slice(0, 2) : objects));
    }
    if (names.length > 0) return collectLabels(names);
  }
  return new Map();
}

export const BELOW = /(?:\bdi bawah\b|\bkurang dari\b|\bbawahnya\b|<|≤|\bmaksimal\b)/;
export const ABOVE =
  /(?:\bdi atas\b|\blebih dari\b|\bmelebihi\b|\bmelampaui\b|\bminimal\b|\batasnya\b|\bke atas\b|>|≥)/;

/** Yields the rows above or below a limit: «serapannya di bawah 60%», «sisa di atas Rp200 juta», «belum sampai 50%». */
function* thresholds({ read, records, words, mention, around, binding }: Scene): Generator<Described> {
  const isBelow = BELOW.test(words);
  if (isBelow === ABOVE.test(words)) return;
  const line = read.layout.lineOf[mention.from]!;
  const names = namesBetween(read, line, binding.sentence.from, binding.sentence.to);
  const named = [...new Set(names.flatMap(({ fields }) => [...(fields ?? [])]))].filter((field) => field !== 'serapan');
  const limits = around.filter(
    (each) =>
      each !== mention && (each.kind === 'percent' || each.kind === 'amount') && read.layout.lineOf[each.from] === line,
  );
  for (const limit of limits.slice(0, 4)) {
    const fields =
      limit.kind === 'percent' ? ['serapan'] : named.length > 0 ? named : ['sisa', 'pagu', 'realisasi', 'alokasi'];
    for (const field of fields)
      for (const selection of selectByThreshold(records, field, (value) =>
        isBelow ? value < limit.value : value > limit.value,
      ))
        yield { ...selection, how: `${field} ${isBelow ? '<' : '>'} ${limit.text}`, limit: limit.text };
  }
}

/** Operands are searched among this many confirmed figures. */
const MAX_OPERANDS = 8;
/** Maximum distance of an operand, lines. */
const MAX_LINES = 12;

/** Returns the confirmed figures of a kind nearest to a figure: those of its line first. */
export function nearest({ known, mention, binding }: Scene, kind: Mention['kind']): Known[] {
  const distance = (each: Known) =>
    Math.abs(each.binding.line - binding.line) * 1000 + Math.abs(each.mention.from - mention.from);
  return known
    .filter((each) => each.mention.kind === kind && Math.abs(each.binding.line - binding.line) <= MAX_LINES)
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

/** Returns the numbers of a field of whole results, and of the rows that the figure's names select. */
export function bases({ records, binding }: Scene, fields: readonly string[]): number[] {
  const labels: LabelSets = new Map([...binding.labels].map(([kind, { labels: set }]) => [kind, set]));
  const rows =
    labels.size > 0
      ? selectRows(records, labels).flatMap((selection) => (selection.rows.length === 1 ? selection.rows : []))
      : [];
  const named = rows.flatMap((row) => row.cells);
  const roots = records.rows.filter((row) => row.isTotal).flatMap((row) => row.cells);
  const cells = [...named, ...roots].filter(
    (cell) => cell.kind === 'amount' && !cell.isChange && fields.includes(cell.field),
  );
  return [...new Set(cells.map(({ value }) => value))].slice(0, 6);
}
