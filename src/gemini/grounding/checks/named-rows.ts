import type { ReadText } from '../binding/binding.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import { complement, type LabelSets, selectRows } from '../data/selections.ts';
import { boundLabels, collectLabels, type Described, namesBetween, type Scene } from './scene.ts';
import { rowsBeyondLimits } from './thresholds.ts';

/** Words for the rows that are not named. */
export const REST = /\b(?:selain|luar|tanpa|kecuali|dikecualikan|lain|lainnya|sisanya)\b/;
/** Words for the objects that were named before, with their number. */
export const ANAPHORS: [RegExp, number][] = [
  [/\b(?:keduanya|kedua)\b/, 2],
  [/\b(?:ketiganya|ketiga)\b/, 3],
  [/\b(?:keempatnya|keempat)\b/, 4],
  [/\b(?:kelimanya|kelima)\b/, 5],
  [
    /\b(?:total|totalnya|jumlahnya|gabungan|digabung|dijumlah|dijumlahkan|nilainya|semuanya|lainnya|mencakup|lain)\b/,
    Infinity,
  ],
];

/** Yields the row sets that the text may mean, the most likely first. */
export function* namedRows(scene: Scene): Generator<Described> {
  const { records, binding, read, words } = scene;
  const bound = boundLabels(binding);
  const sentence = namesBetween(read, binding.line, binding.sentence.from, binding.sentence.to);
  const isRest = REST.test(words);
  const seen = new Set<string>();
  const others = [collectLabels(sentence), ...byKind(sentence), ...anaphors(scene)];
  // «pegawai 45%, barang 41%»: the rows of the other figures do not matter.
  const sets = [...weakLabels(scene), bound, ...(binding.weak.size > 0 && !isRest ? [] : others)];
  for (const labels of sets) {
    for (const selection of labels.size > 0 ? selectRows(records, labels) : []) {
      const { list, rows } = selection;
      const key = `${list.owner.result} ${list.path} ${rows.length} ${list.rows.indexOf(rows[0]!)} ${list.rows.indexOf(rows.at(-1)!)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      // «Di luar pengadaan laptop»: the name of an allocation also selects its activity.
      const owners = list.owner.list ? { list: list.owner.list, rows: rows.map(({ parent }) => parent!) } : selection;
      if (isRest && REST.test(scene.near)) yield { ...complement(owners), how: 'baris lainnya' };
      yield { ...selection, how: `${rows.length} baris yang disebut` };
      if (isRest && !REST.test(scene.near)) yield { ...complement(owners), how: 'baris lainnya' };
    }
  }
  yield* rowsBeyondLimits(scene);
  for (const list of records.lists) if (list.owner.isTotal) yield { list, rows: list.rows, how: 'semua baris' };
}

const EXCEPT = /^(?:selain|luar|tanpa|kecuali)$/;

/** The rows with a word next to the figure in their name («pegawai 48%»), within the rows that it is bound to. */
function weakLabels({ read, binding, nearRange, words }: Scene): LabelSets[] {
  const isRest = REST.test(words);
  const { from, to } = isRest ? binding.sentence : nearRange;
  const all = namesBetween(read, binding.line, from, to).filter(({ isWeak }) => isWeak);
  // «Tanpa asesor, serapan honor 81%»
  const left = isRest ? all.find((name) => EXCEPT.test(read.tokens[name.from - 1]?.lower ?? '')) : undefined;
  const near = left ? [left] : all;
  const weak = binding.weak.size > 0 ? binding.weak : collectLabels(near, true).get('name');
  return weak ? [new Map([...boundLabels(binding), ['name~', weak]]), new Map([['name', weak]])] : [];
}

function byKind(names: readonly Name[]): LabelSets[] {
  const labels = collectLabels(names);
  return labels.size > 1 ? [...labels].map(([kind, set]) => new Map([[kind, set]])) : [];
}

/** Names that «keduanya» refers to are at most this many tokens before. */
const MAX_BACK = 120;

/** The objects that «keduanya», «totalnya» … refer to: named before in the line, or in the neighboring list. */
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
