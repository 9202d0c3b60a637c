import type { ReadText } from '../binding/bind.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Records } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Figure } from '../text/extract-figures.ts';
import { DOWN, UP } from '../text/lexicon.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Known } from './scene.ts';
import { type Comparison, checkSuperlative, superlativeAt } from './superlatives.ts';

/** A comparison that the data contradicts. */
export interface WrongComparison {
  /** Index of the first token of `figure`. */
  from: number;
  /** The figure beside the comparing word, or the word. */
  figure: Figure;
  why: string;
}

/** Finds comparisons that the data contradicts: superlatives of a named row, two figures or rows that are compared, «turun dari A menjadi B». */
export function findWrongComparisons(read: ReadText, records: Records, known: readonly Known[]): WrongComparison[] {
  const wrong = new Map<number, WrongComparison>();
  for (let at = 0; at < read.tokens.length; at++) {
    const found = checkAt(read, records, known, at);
    if (found) wrong.set(found.from, found);
  }
  return [...wrong.values()].sort((one, two) => one.from - two.from);
}

function checkAt(read: ReadText, records: Records, known: readonly Known[], at: number): WrongComparison | undefined {
  const { tokens } = read;
  const superlative = superlativeAt(tokens, at);
  const comparative = comparativeAt(tokens, at);
  const move = UP.test(tokens[at]!.lower) ? 1 : DOWN.test(tokens[at]!.lower) ? -1 : 0;
  if (superlative === 0 && comparative === undefined && move === 0) return undefined;
  const comparison = readComparison(read, records, known, at);
  const wrong = superlative === 0 ? undefined : checkSuperlative(comparison, superlative);
  if (wrong) return doubt(comparison, wrong, `dalam data bukan ini yang ${superlative > 0 ? 'tertinggi' : 'terendah'}`);
  return comparative ? checkComparative(comparison, comparative) : checkMove(comparison, move);
}

/** Maximum number of tokens that belong to one comparison, in each direction. */
const MAX_REACH = 24;

function readComparison(read: ReadText, records: Records, known: readonly Known[], at: number): Comparison {
  const { tokens, mentions, layout } = read;
  let [from, to] = [at, at + 1];
  while (from > 0 && at - from < MAX_REACH && !isEnd(tokens, from - 1)) from--;
  while (to < tokens.length && to - at < MAX_REACH && !isEnd(tokens, to)) to++;
  const names = between(read.names[layout.lineOf[at]!]!, (name) => name.from, from, to);
  return {
    read,
    records,
    at,
    from,
    to,
    names: names.filter((name) => name.to <= to && !name.isWeak),
    known: between(known, ({ mention }) => mention.from, from, to),
    mentions: between(mentions, (mention) => mention.from, from, to),
  };
}

function isEnd(tokens: readonly Token[], at: number): boolean {
  return tokens[at]!.kind === 'break' || (/^[.!?;]$/.test(tokens[at]!.text) && !tokens[at + 1]?.glued);
}

/** Returns a doubt about a figure, or about the words from `from` to `last`. */
function doubt({ read }: Comparison, { from, last }: { from: number; last: number }, why: string): WrongComparison {
  const { text, tokens } = read;
  const [start, end] = [tokens[from]!.start, tokens[last]!.end];
  const shown = text.slice(start, end).replace(/[*`~\\_]/g, '');
  return { from, figure: { text: shown, value: 0, kind: 'number', precision: 0.5, start, end }, why };
}

const GREATER = new Set('tinggi besar banyak baik'.split(' '));
const LESS = new Set('rendah kecil sedikit'.split(' '));

/** `sign` 1: «lebih besar dari», «di atas»; −1: «lebih kecil dari», «di bawah». `last`: its last token. */
function comparativeAt(tokens: readonly Token[], at: number): { sign: number; last: number } | undefined {
  const [first = '', second = '', third = ''] = [0, 1, 2].map((ahead) => tokens[at + ahead]?.lower ?? '');
  if (first === 'di' && /^(?:atas|bawah)$/.test(second)) return { sign: second === 'atas' ? 1 : -1, last: at + 1 };
  if (/^(?:melebihi|melampaui)$/.test(first)) return { sign: 1, last: at };
  if (first !== 'lebih') return undefined;
  const sign = GREATER.has(second) ? 1 : LESS.has(second) ? -1 : 0;
  if (sign === 0) return undefined;
  // «lebih sedikit (27 poin) daripada»
  const of = [2, 3, 4, 5, 6, 7, 8].find((ahead) =>
    /^(?:daripada|dibanding|dibandingkan)$/.test(tokens[at + ahead]?.lower ?? ''),
  );
  if (third === 'dari') return { sign, last: at + 2 };
  return of === undefined ? undefined : { sign, last: at + of };
}

function checkComparative(
  comparison: Comparison,
  { sign, last }: { sign: number; last: number },
): WrongComparison | undefined {
  const { read, at, from, known } = comparison;
  const before = read.tokens.slice(Math.max(from, at - 3), at);
  if (before.some(({ lower }) => /^(?:tidak|bukan|belum)$/.test(lower))) return undefined;
  const one = known.findLast(({ mention }) => mention.last < last);
  const two = known.find(({ mention }) => mention.from > last);
  if (one && two && isJoined(comparison, one) && one.mention.kind === two.mention.kind && two.mention.kind !== 'count')
    return sign * (one.exact - two.exact) < 0 ? doubt(comparison, two.mention, 'perbandingannya terbalik') : undefined;
  return one && two && one.mention.kind === two.mention.kind ? undefined : compareRows(comparison, sign, last);
}

/** Maximum number of tokens between a figure and the word that compares it. */
const MAX_GAP = 8;

function isJoined({ read, at }: Comparison, { mention }: Known): boolean {
  const gap = read.tokens.slice(mention.last + 1, at);
  const hasOtherSubject = gap.some(({ lower }) =>
    /^(?:sedangkan|sementara|tetapi|namun|yaitu|akun|kegiatan)$/.test(lower),
  );
  return gap.length <= MAX_GAP && !hasOtherSubject;
}

/** «Sisa 524111 lebih besar dari sisa 532111» */
function compareRows(comparison: Comparison, sign: number, last: number): WrongComparison | undefined {
  const { records, names, at } = comparison;
  const fields = [...(names.findLast((name) => name.kind === 'field' && name.to <= at)?.fields ?? [])];
  const rowsOf = (name: Name | undefined) =>
    name ? selectRows(records, new Map([[name.kind, name.labels!]])).flatMap(({ rows }) => rows) : [];
  const left = rowsOf(names.findLast((name) => name.to <= at && isObjectKind(name.kind)));
  const right = rowsOf(names.find((name) => name.from > last && isObjectKind(name.kind)));
  for (const field of fields.includes('serapan') ? ['serapan'] : fields) {
    const [one, two] = [left, right].map((rows) => rows.flatMap((row) => cellOf(row, field)?.value ?? []));
    if (one?.length !== 1 || two?.length !== 1) continue;
    return sign * (one[0]! - two[0]!) < 0
      ? doubt(comparison, { from: at, last }, 'perbandingannya terbalik')
      : undefined;
  }
  return undefined;
}

/** «turun dari 61% menjadi 70%» */
function checkMove(comparison: Comparison, sign: number): WrongComparison | undefined {
  const { read, known, at } = comparison;
  const follows = ({ mention }: Known, word: RegExp) =>
    [1, 2].some((back) => word.test(read.tokens[mention.from - back]?.lower ?? ''));
  const after = known.filter(({ mention }) => mention.from > at);
  const second = after.findIndex(
    (each, nth) => nth > 0 && follows(each, /^(?:menjadi|ke)$/) && follows(after[nth - 1]!, /^dari$/),
  );
  const [one, two] = [after[second - 1], after[second]];
  if (!one || !two || one.mention.kind !== two.mention.kind) return undefined;
  return sign * (two.exact - one.exact) < 0 ? doubt(comparison, two.mention, 'arah perubahannya terbalik') : undefined;
}
