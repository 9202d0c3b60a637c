import type { ReadText } from '../binding/binding.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import type { Row } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import type { Known } from './scene.ts';

const words = (list: string, sign: number) => list.split(' ').map((word) => [word, sign] as const);
const SUPERLATIVES = new Map(
  [...words('tertinggi terbesar terbanyak termahal', 1), ...words('terendah terkecil tersedikit termurah', -1)].flatMap(
    ([word, sign]) => [[word, sign] as const, [`${word}nya`, sign] as const],
  ),
);
/** Words after «paling». */
const ADJECTIVES = new Map([
  ...words('tinggi besar banyak gemuk mahal kencang cepat', 1),
  ...words('rendah kecil sedikit murah lambat seret tertinggal', -1),
]);
/** Words after which a superlative ranks changes: «kenaikan terbesar». */
const CHANGES =
  /^(?:kenaikan|lonjakan|tambahan|penambahan|pertambahan|tambahannya|pertumbuhan|perubahan|peningkatan|penurunan)$/;

/** Returns 1 at «terbesar» and «paling tinggi», −1 at «terendah» and «paling kecil», 0 at other words. */
function superlativeAt(tokens: readonly Token[], at: number): number {
  const { lower } = tokens[at]!;
  if (lower.length < 4) return 0;
  // «urutan serapan dari atas: …»
  if (lower === 'dari' && /^(?:atas|bawah)$/.test(tokens[at + 1]?.lower ?? '') && tokens[at + 2]?.text === ':')
    return tokens[at + 1]!.lower === 'atas' ? 1 : -1;
  if (isOfTwo(tokens, at)) return ADJECTIVES.get(tokens[at + 1]!.lower) ?? 0;
  if (lower !== 'paling') return SUPERLATIVES.get(lower) ?? 0;
  const next = tokens[at + 1]?.kind === 'mark' ? tokens[at + 2] : tokens[at + 1];
  return ADJECTIVES.get(next?.lower ?? '') ?? 0;
}

/** «Yang lebih besar adalah …», of two rows. */
function isOfTwo(tokens: readonly Token[], at: number): boolean {
  const [before, here, after] = [at - 1, at, at + 2].map((each) => tokens[each]?.lower ?? '');
  return here === 'lebih' && before === 'yang' && /^(?:adalah|ialah|yaitu|yakni|:)$/.test(after!);
}

/** Maximum number of tokens between the name of a row and its figure. */
const MAX_GAP = 10;
/** Maximum number of tokens between a superlative and its figure. */
const MAX_FIGURE_GAP = 6;
/** Maximum number of lines of a list below a superlative that are ranked. */
const MAX_LISTED = 20;
const NEXT_IN_RANK = /^(?:disusul|diikuti|lalu|kemudian|berikutnya|selanjutnya|kedua|ketiga|keempat|kelima)$/;

export function isSuperlative(tokens: readonly Token[], at: number): boolean {
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
  // «Paling besar di Agustus, bertambah Rp5 juta», «Bulan tertinggi: November»: the figure next to it, else above.
  const beside = known.find(({ mention }) => mention.from > at && mention.from < next);
  const ranked = beside ?? comparison.above;
  const isOfMonth = ranked?.cell?.row.list?.path.endsWith('months') === true;
  const isChange =
    read.tokens.slice(from, at).some(({ lower }) => CHANGES.test(lower)) ||
    (isOfMonth && ranked?.cell?.isChange === true);
  const subjects = findSubjects(comparison, next, isOfMonth);
  const row = subjects[0]?.name;
  if (!row) return undefined;
  const isNear = (from: number) => from >= row.to && from < Math.min(next, row.to + MAX_GAP);
  const figure =
    known.find(({ mention }) => mention.from > at && mention.from - at <= MAX_FIGURE_GAP && mention.from < next) ??
    known.find(({ mention }) => isNear(mention.from));
  const field = fieldOf(comparison, next, figure) ?? (isOfMonth ? ranked?.cell?.field : undefined);
  if (field === undefined) return undefined;
  const numberOf = (each: Row) => sign * (findNumber(each, field, isChange) ?? sign * Number.NEGATIVE_INFINITY);
  const rowsOf = (name: Name) => selectRows(records, new Map([[name.kind, name.labels!]]));
  const list = rowsOf(row).find(({ rows }) => rows.some((each) => Number.isFinite(numberOf(each))))?.list;
  if (!list || (isOfTwo(read.tokens, at) && list.rows.length !== 2)) return undefined;
  const order = list.rows.map(numberOf).sort((one, two) => two - one);
  const isOutside = (name: Name, rank: number) => {
    const rows = rowsOf(name).find((each) => each.list === list)?.rows;
    return rows !== undefined && !rows.some((each) => numberOf(each) >= (order[rank] ?? Number.NEGATIVE_INFINITY));
  };
  const numberOfName = ({ name }: Subject) =>
    Math.max(...(rowsOf(name).find((each) => each.list === list)?.rows ?? []).map(numberOf));
  // «3 terbesar:» above a list in another order.
  const isUnordered = (each: Subject, nth: number) =>
    read.layout.lineOf[each.name.from] !== read.layout.lineOf[at] &&
    nth > 0 &&
    numberOfName(each) > numberOfName(subjects[nth - 1]!);
  const wrong = (subjects.find(({ name, rank }) => isOutside(name, rank)) ?? subjects.find(isUnordered))?.name;
  if (!wrong) return undefined;
  const why = `dalam data bukan ini yang ${sign > 0 ? 'tertinggi' : 'terendah'}`;
  if (read.layout.lineOf[wrong.from] !== read.layout.lineOf[at]) return { from: wrong.from, last: wrong.to - 1, why };
  return wrong === row && figure
    ? { from: figure.mention.from, last: figure.mention.last, why }
    : { from: at, last: at, why };
}

/** A row that a superlative is about, and how many rows of the list may be further out. */
interface Subject {
  name: Name;
  rank: number;
}

function findSubjects(comparison: Comparison, next: number, hasMonths: boolean): Subject[] {
  const { read, at, to, names } = comparison;
  const { tokens } = read;
  // «terbesar dari gaji pokok», but not «lebih besar dari»
  const isBase = (from: number) =>
    from - 2 !== at && /^(?:dibanding|dibandingkan|daripada|dari)$/.test(tokens[from - 1]?.lower ?? '');
  const isRow = (name: Name) =>
    (!name.isWeak || isConfirmed(comparison, name)) &&
    (isObjectKind(name.kind) || (hasMonths && name.kind === 'month')) &&
    !isBase(name.from);
  const before = names.findLast((name) => name.to <= at && isRow(name));
  const after = names.filter((name) => name.from > at && name.from < next && isRow(name));
  const same = after.filter(({ kind }) => kind === after[0]!.kind);
  const first = (name: Name | undefined) => (name ? [{ name, rank: 0 }] : []);
  if (before && tokens.slice(comparison.from, at).some(({ lower }) => lower === 'bukan')) return first(after[0]);
  if (before && isBeside(comparison, before)) return first(before);
  const count = countBefore(comparison);
  const isListed = tokens.slice(at, at + 4).some(({ text }) => text === ':');
  const isAbove =
    tokens[to - 1]?.text === ':' || (read.layout.lines[read.layout.lineOf[at]!]!.isHeading && same.length === 0);
  // «3 akun dengan serapan paling banyak 50%:» is a limit of the list, not its order.
  if (isAbove && comparison.mentions.some((mention) => mention.from === at + 2)) return [];
  const listed = isAbove ? namedBelow(read, at) : same;
  if (count > 0) return listed.slice(0, count).map((name) => ({ name, rank: count - 1 }));
  if (isListed) return listed.map((name, rank) => ({ name, rank }));
  const ranks = same.map((name) => ({ name, rank: countRankWords(tokens, at, name.from) }));
  return ranks.length > 0 ? ranks.filter(({ rank }, nth) => rank !== ranks[nth - 1]?.rank) : first(before);
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

/** The field that is ranked: of the figure, else of the words. */
function fieldOf(
  { read, at, from, to, names }: Comparison,
  next: number,
  figure: Known | undefined,
): string | undefined {
  const named =
    names.findLast((name) => name.kind === 'field' && name.to <= at) ??
    names.find((name) => name.kind === 'field' && name.from > at && name.from < next);
  const words = named ? read.tokens.slice(named.from, named.to) : read.tokens.slice(from, to);
  const isShare = words.some(({ lower }) => /^(?:serapan|penyerapan|terserap)/.test(lower));
  if (figure ? figure.mention.kind === 'percent' : isShare) return 'serapan';
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
