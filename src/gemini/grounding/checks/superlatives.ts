import type { ReadText } from '../binding/bind.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Records, Row } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import type { Mention } from '../text/extract-figures.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Known } from './scene.ts';

/** The sentence around a comparing word, with what it contains. */
export interface Comparison {
  read: ReadText;
  records: Records;
  /** Index of the comparing word. */
  at: number;
  from: number;
  to: number;
  names: readonly Name[];
  known: readonly Known[];
  mentions: readonly Mention[];
}

const SUPERLATIVES = new Map([
  ...['tertinggi', 'terbesar', 'terbanyak'].map((word) => [word, 1] as const),
  ...['terendah', 'terkecil', 'tersedikit'].map((word) => [word, -1] as const),
]);
const GREATER = new Set('tinggi besar banyak'.split(' '));
const LESS = new Set('rendah kecil sedikit'.split(' '));
/** Words after which a superlative ranks changes: «kenaikan terbesar». */
const CHANGES = /^(?:kenaikan|lonjakan|tambahan|penambahan|pertumbuhan|perubahan|peningkatan|penurunan)$/;

/** Returns 1 at «terbesar» and «paling tinggi», −1 at «terendah» and «paling kecil», 0 at other words. */
export function superlativeAt(tokens: readonly Token[], at: number): number {
  const { lower } = tokens[at]!;
  const direct = SUPERLATIVES.get(lower.replace(/nya$/, ''));
  if (direct !== undefined) return direct;
  if (lower !== 'paling') return 0;
  const next = tokens[at + 1]?.lower ?? '';
  return GREATER.has(next) ? 1 : LESS.has(next) ? -1 : 0;
}

/** Maximum number of tokens between the name of a row and its figure. */
const MAX_GAP = 10;

/** Checks «serapan terendah: 521211, 35%» and «Belanja Modal … paling rendah»: no row of the list is further out. @returns the figure or the word that is wrong */
export function checkSuperlative(comparison: Comparison, sign: number): { from: number; last: number } | undefined {
  const { read, records, at, from, names, known, mentions } = comparison;
  // «3 akun dengan serapan terendah» names several rows.
  const isPlural = mentions.some(
    ({ last, kind, value }) =>
      last < at &&
      at - last <= MAX_GAP &&
      (kind === 'count' || kind === 'number') &&
      value > 1 &&
      !read.tokens.slice(last, at).some(({ text }) => text === ','),
  );
  if (isPlural) return undefined;
  const next = nextSuperlative(comparison);
  const isChange = read.tokens.slice(from, at).some(({ lower }) => CHANGES.test(lower));
  const isRow = ({ kind, from: start }: Name) =>
    (isObjectKind(kind) || (isChange && kind === 'month')) &&
    !/^(?:dibanding|dibandingkan|daripada|dari)$/.test(read.tokens[start - 1]?.lower ?? '');
  const before = names.findLast((name) => name.to <= at && isRow(name));
  const row =
    before && isBeside(comparison, before)
      ? before
      : (names.find((name) => name.from > at && name.from < next && isRow(name)) ?? before);
  if (!row) return undefined;
  const figure = known.find(({ mention }) => mention.from >= row.to && mention.from < Math.min(next, row.to + MAX_GAP));
  const field = fieldOf(comparison, next, figure);
  if (field === undefined) return undefined;
  const numberOf = (each: Row) => sign * (findNumber(each, field, isChange) ?? Number.NEGATIVE_INFINITY);
  const named = selectRows(records, new Map([[row.kind, row.labels!]])).find(({ rows }) =>
    rows.some((each) => Number.isFinite(numberOf(each))),
  );
  if (!named) return undefined;
  const furthest = named.list.rows.reduce((most, each) => Math.max(most, numberOf(each)), Number.NEGATIVE_INFINITY);
  if (named.rows.some((each) => numberOf(each) >= furthest)) return undefined;
  return figure?.mention ?? { from: at, last: at };
}

/** «Honor moderator paling rendah» */
function isBeside({ read, at }: Comparison, { to }: Name): boolean {
  const gap = read.tokens.slice(to, at);
  return gap.length <= 3 && gap.every(({ kind }) => kind === 'word');
}

/** The field that is ranked: of the figure, else of the words. */
function fieldOf(
  { read, at, from, to, names }: Comparison,
  next: number,
  figure: Known | undefined,
): string | undefined {
  const isShare = read.tokens.slice(from, to).some(({ lower }) => /^(?:serapan|penyerapan|terserap)/.test(lower));
  if (figure ? figure.mention.kind === 'percent' : isShare) return 'serapan';
  const named =
    names.findLast((name) => name.kind === 'field' && name.to <= at) ??
    names.find((name) => name.kind === 'field' && name.from > at && name.from < next);
  const fields = named ? [...named.fields!] : [figure?.field];
  return fields.find((field) => field !== 'serapan');
}

function nextSuperlative({ read, at, to }: Comparison): number {
  for (let next = at + 1; next < to; next++) if (superlativeAt(read.tokens, next) !== 0) return next;
  return to;
}

function findNumber(row: Row, field: string, isChange: boolean): number | undefined {
  if (!isChange) return cellOf(row, field)?.value;
  return row.cells.find((cell) => cell.isChange && cell.field === field && cell.kind !== 'any')?.value;
}
