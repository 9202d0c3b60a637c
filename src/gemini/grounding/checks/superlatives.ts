import type { ReadText } from '../binding/binding.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Row } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import type { Known } from './scene.ts';

const words = (list: string, sign: number) => list.split(' ').map((word) => [word, sign] as const);
const SUPERLATIVES = new Map([
  ...words('tertinggi terbesar terbanyak termahal', 1),
  ...words('terendah terkecil tersedikit termurah', -1),
]);
/** Words after «paling». */
const ADJECTIVES = new Map([
  ...words('tinggi besar banyak gemuk mahal', 1),
  ...words('rendah kecil sedikit murah lambat tertinggal', -1),
]);
/** Words after which a superlative ranks changes: «kenaikan terbesar». */
const CHANGES = /^(?:kenaikan|lonjakan|tambahan|penambahan|pertumbuhan|perubahan|peningkatan|penurunan)$/;

/** Returns 1 at «terbesar» and «paling tinggi», −1 at «terendah» and «paling kecil», 0 at other words. */
function superlativeAt(tokens: readonly Token[], at: number): number {
  const { lower } = tokens[at]!;
  // «urutan serapan dari atas: …»
  if (lower === 'dari' && /^(?:atas|bawah)$/.test(tokens[at + 1]?.lower ?? '') && tokens[at + 2]?.text === ':')
    return tokens[at + 1]!.lower === 'atas' ? 1 : -1;
  if (lower !== 'paling') return SUPERLATIVES.get(lower.replace(/nya$/, '')) ?? 0;
  const next = tokens[at + 1]?.kind === 'mark' ? tokens[at + 2] : tokens[at + 1];
  return ADJECTIVES.get(next?.lower ?? '') ?? 0;
}

/** Maximum number of tokens between the name of a row and its figure. */
const MAX_GAP = 10;
/** Maximum number of lines of a list below a superlative that are ranked. */
const MAX_LISTED = 20;
const NEXT_IN_RANK = /^(?:disusul|diikuti|lalu|kemudian|berikutnya|selanjutnya)$/;

export function isSuperlative({ tokens }: ReadText, at: number): boolean {
  return superlativeAt(tokens, at) !== 0;
}

/**
 * Checks «serapan terendah: 521211, 35%», «Belanja Modal … paling rendah», «terbesar A, disusul B», «3 akun terendah: …»: no
 * row of the list that is not named is further out. @returns the figure or the word that is wrong
 */
export function checkSuperlative(comparison: Comparison): Contradiction | undefined {
  const { read, records, at, from, known } = comparison;
  const sign = superlativeAt(read.tokens, at);
  const next = nextSuperlative(comparison);
  const isChange = read.tokens.slice(from, at).some(({ lower }) => CHANGES.test(lower));
  const subjects = findSubjects(comparison, next, isChange);
  const [row] = subjects;
  if (!row) return undefined;
  const figure = known.find(({ mention }) => mention.from >= row.to && mention.from < Math.min(next, row.to + MAX_GAP));
  const field = fieldOf(comparison, next, figure);
  if (field === undefined) return undefined;
  const numberOf = (each: Row) => sign * (findNumber(each, field, isChange) ?? Number.NEGATIVE_INFINITY);
  const rowsOf = (name: Name) => selectRows(records, new Map([[name.kind, name.labels!]]));
  const list = rowsOf(row).find(({ rows }) => rows.some((each) => Number.isFinite(numberOf(each))))?.list;
  if (!list) return undefined;
  const ranked = list.rows.map(numberOf).sort((one, two) => two - one);
  const isOutside = (name: Name, rank: number) => {
    const rows = rowsOf(name).find((each) => each.list === list)?.rows;
    return rows !== undefined && !rows.some((each) => numberOf(each) >= (ranked[rank] ?? Number.NEGATIVE_INFINITY));
  };
  const count = countBefore(comparison);
  const wrong = subjects.find((name, nth) => isOutside(name, count > 0 ? Math.max(count, subjects.length) - 1 : nth));
  if (!wrong) return undefined;
  const why = `dalam data bukan ini yang ${sign > 0 ? 'tertinggi' : 'terendah'}`;
  if (read.layout.lineOf[wrong.from] !== read.layout.lineOf[at]) return { from: wrong.from, last: wrong.to - 1, why };
  return wrong === row && figure
    ? { from: figure.mention.from, last: figure.mention.last, why }
    : { from: at, last: at, why };
}

/** Finds the rows that a superlative is about, in the order of their rank. */
function findSubjects(comparison: Comparison, next: number, isChange: boolean): Name[] {
  const { read, at, to, names } = comparison;
  const { tokens } = read;
  const isRow = ({ kind, from, isWeak }: Name) =>
    !isWeak &&
    (isObjectKind(kind) || (isChange && kind === 'month')) &&
    !/^(?:dibanding|dibandingkan|daripada|dari)$/.test(tokens[from - 1]?.lower ?? '');
  const before = names.findLast((name) => name.to <= at && isRow(name));
  const after = names.filter((name) => name.from > at && name.from < next && isRow(name));
  if (before && tokens.slice(comparison.from, at).some(({ lower }) => lower === 'bukan')) return after.slice(0, 1);
  if (before && isBeside(comparison, before)) return [before];
  const count = countBefore(comparison);
  const isListed = tokens.slice(at, at + 4).some(({ text }) => text === ':');
  const same = after.filter(({ kind }) => kind === after[0]!.kind);
  if (isListed && tokens[to - 1]?.text === ':') return namedBelow(read, at, count);
  if (isListed || count > 0) return count > 0 ? same.slice(0, count) : same;
  const ranks = same.filter(
    ({ from }, nth) => nth === 0 || tokens.slice(same[nth - 1]!.to, from).some(({ lower }) => NEXT_IN_RANK.test(lower)),
  );
  return ranks.length > 0 ? ranks : before ? [before] : [];
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
function namedBelow({ layout, names }: ReadText, at: number, count: number): Name[] {
  const start = layout.lineOf[at]! + 1;
  const listed = layout.lines.slice(start, start + MAX_LISTED);
  const end = listed.findIndex(({ isItem, from, to }) => !isItem && from < to);
  const found = listed
    .slice(0, end < 0 ? listed.length : end)
    .flatMap((_, nth) => names[start + nth]!.find(({ kind, isWeak }) => isObjectKind(kind) && !isWeak) ?? []);
  return found.slice(0, count || found.length).filter(({ kind }) => kind === found[0]!.kind);
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
  const fields = named ? [...named.fields!] : [figure?.cell?.field];
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
