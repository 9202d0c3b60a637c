import type { ReadText } from '../binding/binding.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Known } from '../checks/scene.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison } from './contradiction.ts';

/** Maximum number of tokens between a number of rows and its superlative. */
const MAX_GAP = 10;
/** Maximum number of lines of a list below a superlative that are ranked. */
const MAX_LISTED = 20;
const NEXT_IN_RANK = /^(?:disusul|diikuti|lalu|kemudian|berikutnya|selanjutnya|kedua|ketiga|keempat|kelima)$/;

/** A row that a superlative is about, and how many rows of the list may be further out. */
export interface Ranked {
  name: Name;
  rank: number;
}

/** Finds the rows that a superlative ranks, the furthest out first; `next`: the next superlative. */
export function findRanked(comparison: Comparison, next: number): Ranked[] {
  const { read, at, to, names } = comparison;
  const { tokens } = read;
  // «terbesar dari gaji pokok», but not «lebih besar dari»
  const isBase = (from: number) =>
    from - 2 !== at && /^(?:dibanding|dibandingkan|daripada|dari)$/.test(tokens[from - 1]?.lower ?? '');
  const beside = comparison.known.find(({ mention }) => mention.from > at && mention.from < next);
  const isOfMonth = isMonthly(beside) || !names.some(({ kind }) => isObjectKind(kind));
  const isRow = (name: Name) =>
    (!name.isWeak || isConfirmed(comparison, name)) &&
    (isObjectKind(name.kind) || (isOfMonth && (isMonth(tokens, name) || name.kind === 'status'))) &&
    !isBase(name.from);
  // «Selain 511111, sisa terbesar di 532111»
  if (tokens.slice(comparison.from, to).some(({ lower }) => /^(?:selain|kecuali|luar)$/.test(lower))) return [];
  const before = names.findLast((name) => name.to <= at && isRow(name));
  // «terbesar bukan di 511111, melainkan di 532111»
  const isDenied = ({ from }: Name) =>
    tokens.slice(Math.max(at, from - 3), from).some(({ lower }) => lower === 'bukan');
  const after = names.filter((name) => name.from > at && name.from < next && isRow(name) && !isDenied(name));
  const same = after.filter(({ kind }) => kind === after[0]!.kind);
  const first = (name: Name | undefined) => (name ? [{ name, rank: 0 }] : []);
  if (before && tokens.slice(comparison.from, at).some(({ lower }) => lower === 'bukan')) return first(after[0]);
  if (before && isBeside(comparison, before)) return first(before);
  const count = countBefore(comparison);
  const isListed = tokens.slice(at, at + 4).some(({ text }) => text === ':');
  // «(diurutkan dari serapan tertinggi)»: the list may be a part of the rows.
  const isSorted = tokens.slice(comparison.from, at).some(({ lower }) => /^(?:di)?urut/.test(lower));
  const isAbove =
    tokens[to - 1]?.text === ':' ||
    (same.length === 0 && (isSorted || read.layout.lines[read.layout.lineOf[at]!]!.isHeading));
  // «3 akun dengan serapan paling banyak 50%:» is a limit of the list, not its order.
  if (isAbove && tokens[at]!.lower === 'paling' && comparison.mentions.some(({ from }) => from === at + 2)) return [];
  const listed = isAbove ? namedBelow(read, at) : same;
  if (isAbove && isSorted) return listed.map((name) => ({ name, rank: Number.POSITIVE_INFINITY }));
  if (count > 0) return listed.slice(0, count).map((name) => ({ name, rank: count - 1 }));
  if (isListed) return listed.map((name, rank) => ({ name, rank }));
  const ranks = same.map((name) => ({ name, rank: countRankWords(tokens, at, name.from) }));
  return ranks.length > 0 ? ranks.filter(({ rank }, nth) => rank !== ranks[nth - 1]?.rank) : first(before);
}

/** Returns whether a figure is of a month of a trend. */
export function isMonthly(known: Known | undefined): boolean {
  return known?.cell?.row.list?.path.endsWith('months') === true;
}

/** «November», not «per November». */
function isMonth(tokens: readonly Token[], { kind, from, isBase }: Name): boolean {
  return (
    kind === 'month' && !isBase && !/^(?:per|akhir|sampai|hingga|posisi|laporan|d)$/.test(tokens[from - 1]?.lower ?? '')
  );
}

/** «modal (Rp5 miliar)»: the figure next to a single word belongs to a row with this word in its name. */
function isConfirmed({ known }: Comparison, { kind, labels, to }: Name): boolean {
  const figure = known.find(({ mention }) => mention.from >= to && mention.from <= to + 2);
  return [...(figure?.cell?.row.labels.get(kind) ?? [])].some((label) => labels!.has(label));
}

/** «Terbesar A, disusul B, ketiga C» */
function countRankWords(tokens: readonly Token[], from: number, to: number): number {
  return tokens.slice(from, to).filter(({ lower }) => NEXT_IN_RANK.test(lower)).length;
}

/** «3 akun dengan serapan terendah»: the number of rows that are named; 0: one, or unknown. */
function countBefore({ read, at, mentions }: Comparison): number {
  const count = mentions.findLast(
    ({ last, kind, value }) =>
      last < at &&
      at - last <= MAX_GAP &&
      (kind === 'count' || kind === 'number') &&
      value > 1 &&
      !read.tokens.slice(last, at).some(({ text }) => text === ','),
  );
  return count?.value ?? 0;
}

/** The first row that each item of the list below names. */
function namedBelow({ layout, names }: ReadText, at: number): Name[] {
  const start = layout.lineOf[at]! + 1;
  const listed = layout.lines.slice(start, start + MAX_LISTED);
  const end = listed.findIndex(({ isItem, from, to }) => !isItem && from < to);
  const found = listed
    .slice(0, end < 0 ? listed.length : end)
    .flatMap((_, nth) => names[start + nth]!.find(({ kind, isWeak }) => isObjectKind(kind) && !isWeak) ?? []);
  return found.filter(({ kind }) => kind === found[0]!.kind);
}

/** «Honor moderator paling rendah» */
function isBeside({ read, at }: Comparison, { to }: Name): boolean {
  const gap = read.tokens.slice(to, at);
  return gap.length <= 3 && gap.every(({ kind }) => kind === 'word');
}
