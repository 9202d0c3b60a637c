import type { Label, LabelIndex } from '../data/labels.ts';
import type { Range } from '../text/layout.ts';
import type { Token } from '../text/tokenizer.ts';
import { isFieldWord } from './field-names.ts';
import type { Name } from './names.ts';

/** Maximum number of tokens between two words of one name. */
const MAX_GAP = 3;
/** Maximum number of words that are searched together; keeps the time linear. */
const MAX_RUN = 16;
/** Minimum length of a word that may stand for a name. */
const MIN_WEAK_LENGTH = 4;

/** Finds names of accounts, activities, persons and units by their words. An answer may shorten them. */
export function findWordedNames(tokens: readonly Token[], { from, to }: Range, labels: LabelIndex): Name[] {
  const names: Name[] = [];
  let run: number[] = [];
  const finish = () => {
    if (run.length > 0) names.push(...chooseLabels(tokens, run, labels));
    run = [];
  };
  for (let at = from; at < to; at++) {
    const token = tokens[at]!;
    const isWord = token.kind === 'word' && labels.withWord(token.lower).length > 0;
    const last = run.at(-1);
    if (
      last !== undefined &&
      (run.length >= MAX_RUN ||
        at - last > MAX_GAP ||
        /^[,;.:!?|]$/.test(token.text) ||
        (token.kind === 'number' && token.text.length > 3))
    )
      finish();
    if (isWord) run.push(at);
  }
  finish();
  return names;
}

/** Chooses the labels that best explain a run of words: those whose matched words are no part of another label's. */
function chooseLabels(tokens: readonly Token[], run: readonly number[], labels: LabelIndex): Name[] {
  const matched = new Map<Label, Set<string>>();
  for (const at of run) {
    const word = tokens[at]!.lower;
    for (const label of labels.withWord(word)) matched.set(label, (matched.get(label) ?? new Set()).add(word));
  }
  const sure = [...matched].filter(([label, words]) => isNamed(label, words, tokens, run));
  // «Laptop» names every row with this word if it names one.
  const single = new Set(sure.flatMap(([, words]) => (words.size === 1 ? [...words] : [])));
  const named = [...matched].filter(
    ([label, words]) => (words.size === 1 && single.has([...words][0]!)) || isNamed(label, words, tokens, run),
  );
  const best = named.filter(
    ([label, words]) =>
      !named.some(
        ([other, others]) =>
          other !== label && others.size > words.size && [...words].every((word) => others.has(word)),
      ),
  );
  const complete = best.filter(([label, words]) => words.size === label.words.length);
  const chosen = (candidates: typeof best, words: Set<string>) =>
    // «Perjalanan Dinas Biasa» names one account, although its words begin another name too.
    candidates.filter(([, others]) => [...words].every((word) => others.has(word)));
  const names: Name[] = [];
  for (const [label, words] of best) {
    const exact = chosen(complete, words);
    if (exact.length > 0 && !exact.some(([each]) => each === label)) continue;
    const shared = new Set(
      best
        .filter(([other]) => other !== label && !haveSameWords(matched, other, label))
        .flatMap(([, others]) => [...others]),
    );
    const core = run.filter((at) => words.has(tokens[at]!.lower) && !shared.has(tokens[at]!.lower));
    const positions = core.length > 0 ? core : run.filter((at) => words.has(tokens[at]!.lower));
    const [first, last] = [positions[0]!, positions.at(-1)! + 1];
    const same = names.find((name) => name.kind === label.kind && name.from === first && name.to === last);
    if (same) (same.labels as Set<Label>).add(label);
    else names.push({ kind: label.kind, from: first, to: last, labels: new Set([label]) });
  }
  if (names.length > 0) return names;
  for (const at of run) {
    const found = isFieldWord(tokens[at]!.lower) ? [] : labels.withWord(tokens[at]!.lower);
    for (const [kind, each] of Map.groupBy(found, (label) => label.kind))
      if (tokens[at]!.text.length >= MIN_WEAK_LENGTH)
        names.push({ kind, from: at, to: at + 1, labels: new Set(each), isWeak: true });
  }
  return names;
}

function haveSameWords(matched: ReadonlyMap<Label, ReadonlySet<string>>, one: Label, two: Label): boolean {
  const [words, others] = [matched.get(one)!, matched.get(two)!];
  return words.size === others.size && [...words].every((word) => others.has(word));
}

/** Half of the words, or two of them; a single word only if it is capitalized or follows «belanja» or «akun». */
function isNamed(label: Label, words: ReadonlySet<string>, tokens: readonly Token[], run: readonly number[]): boolean {
  if (words.size >= 2) return words.size * 3 >= label.words.length;
  const at = run.find((index) => words.has(tokens[index]!.lower))!;
  const isMarked =
    /^\p{Lu}/u.test(tokens[at]!.text) || /^(?:belanja|akun|honor|jasa)$/.test(tokens[at - 1]?.lower ?? '');
  return label.words.length <= 3 && isMarked && !hasOtherWord(label, tokens, at);
}

/** «Belanja Barang dan Jasa» is not «Belanja Jasa Profesi»: a capitalized word next to the only common one is another name. */
function hasOtherWord(label: Label, tokens: readonly Token[], at: number): boolean {
  if (label.words.length === 1) return false;
  return [-1, 1].some((step) => {
    const beside = /^(?:dan|&)$/.test(tokens[at + step]?.lower ?? '') ? at + 2 * step : at + step;
    const { text = '', lower = '', kind = 'mark' } = tokens[beside] ?? {};
    return (
      kind === 'word' &&
      /^\p{Lu}\p{Ll}/u.test(text) &&
      !/^(?:belanja|akun|kegiatan|total|sisa|pagu|realisasi)$/.test(lower) &&
      !label.words.includes(lower)
    );
  });
}
