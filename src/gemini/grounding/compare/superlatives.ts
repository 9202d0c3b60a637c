import type { Name } from '../binding/names.ts';
import type { Known } from '../checks/scene.ts';
import type { Row } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import type { Token } from '../text/tokenizer.ts';
import type { Comparison, Contradiction } from './contradiction.ts';
import { findRanked, isMonthly, type Ranked } from './ranked-rows.ts';

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
  // «diurutkan dari tertinggi ke terendah»
  if (/^(?:ke|hingga|sampai)$/.test(tokens[at - 1]?.lower ?? '')) return 0;
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

/** Maximum number of tokens between a superlative, or the name of a row, and its figure. */
const MAX_GAP = 10;
const MAX_FIGURE_GAP = 6;

export function isSuperlative(tokens: readonly Token[], at: number): boolean {
  return superlativeAt(tokens, at) !== 0;
}

const CONTRAST = /^(?:sementara|sedangkan|sebaliknya)$/;

/**
 * Checks «serapan terendah: 521211, 35%», «Belanja Modal … paling rendah», «terbesar A, disusul B», «3 akun terendah: …»: no
 * row of the list that is not named is further out. @returns the figure or the word that is wrong
 */
export function checkSuperlative(comparison: Comparison): Contradiction | undefined {
  const { read, records, at } = comparison;
  const sign = superlativeAt(read.tokens, at);
  const next = nextSuperlative(comparison);
  const subjects = findRanked(comparison, next);
  const row = subjects[0]?.name;
  const figure = row && findFigure(comparison, next, row);
  const order = row && findOrder(comparison, next, row, figure);
  if (!order) return undefined;
  const { field, isChange } = order;
  const numberOf = (each: Row) => sign * (findNumber(each, field, isChange) ?? sign * Number.NEGATIVE_INFINITY);
  const rowsOf = (name: Name) =>
    selectRows(records, new Map([[name.kind, name.labels!]])).filter(
      (each) => each.list.isMap === (row.kind === 'status'),
    );
  const list = rowsOf(row).find(({ rows }) => rows.some((each) => Number.isFinite(numberOf(each))))?.list;
  if (!list || (isOfTwo(read.tokens, at) && list.rows.length !== 2)) return undefined;
  const numbers = list.rows.map(numberOf).sort((one, two) => two - one);
  const numberOfName = ({ name }: Ranked) => {
    const named = rowsOf(name).find((each) => each.list === list);
    return named ? Math.max(...named.rows.map(numberOf)) : Number.NaN;
  };
  const isOutside = (each: Ranked) => numberOfName(each) < (numbers[each.rank] ?? Number.NEGATIVE_INFINITY);
  const isBelow = ({ from }: Name) => read.layout.lineOf[from] !== read.layout.lineOf[at];
  // «3 terbesar:» above a list in another order.
  const isUnordered = (each: Ranked, nth: number) =>
    isBelow(each.name) && nth > 0 && numberOfName(each) > numberOfName(subjects[nth - 1]!);
  const wrong = (subjects.find(isOutside) ?? subjects.find(isUnordered))?.name;
  if (!wrong) return undefined;
  const why = `dalam data bukan ini yang ${sign > 0 ? 'tertinggi' : 'terendah'}`;
  if (isBelow(wrong)) return { from: wrong.from, last: wrong.to - 1, why };
  return wrong === row && figure
    ? { from: figure.mention.from, last: figure.mention.last, why }
    : { from: at, last: at, why };
}

/** Finds the figure of the row that is further out; «paling rendah QDB, sisa pagunya Rp2» has another field. */
function findFigure({ read, at, names, known }: Comparison, next: number, row: Name): Known | undefined {
  const isOther = (from: number) => {
    const name = names.findLast((each) => each.kind === 'field' && each.from > at && each.to <= from);
    return name !== undefined && isSeparated(read.tokens, Math.min(at, row.from), name.from);
  };
  // «terendah di antara lima komponen»
  const isRanked = ({ mention: { from } }: Known) =>
    from < next && !/^(?:antara|dari)$/.test(read.tokens[from - 1]?.lower ?? '') && !isOther(from);
  const ranked = known.filter(isRanked);
  return (
    ranked.find(({ mention: { from } }) => from > at && from - at <= MAX_FIGURE_GAP) ??
    ranked.find(({ mention: { from } }) => from >= row.to && from < row.to + MAX_GAP)
  );
}

/** Finds the field that is ranked: named in the clause, else that of the figure, else that of the list above. */
function findOrder(
  comparison: Comparison,
  next: number,
  row: Name,
  figure: Known | undefined,
): { field: string; isChange: boolean } | undefined {
  const { read, at, from, known } = comparison;
  const beside = known.find(({ mention }) => mention.from > at && mention.from < next);
  // «Paling besar di Agustus, bertambah Rp5 juta», «Bulan tertinggi: November»: the figure next to it, else above.
  const source = beside ?? findAbove(comparison, row) ?? comparison.above.at(-1);
  const isOfMonth = row.kind === 'month' && isMonthly(source);
  if (row.kind === 'month' && !isOfMonth) return undefined;
  // «Yang terkecil Rapat Evaluasi»: activities have one amount.
  const isOfSize = /besar|kecil|mahal|murah/.test(`${read.tokens[at]!.lower} ${read.tokens[at + 1]?.lower}`);
  const other = isOfMonth ? source : findAbove(comparison, row);
  const field = fieldOf(comparison, next, figure) ?? other?.cell?.field ?? (isOfSize ? 'alokasi' : undefined);
  const isOfChange = read.tokens.slice(from, at).some(({ lower }) => CHANGES.test(lower));
  return field === undefined
    ? undefined
    : { field, isChange: isOfChange || (isOfMonth && source?.cell?.isChange === true) };
}

/** Finds the figure of a row in a line above that begins with its name. */
function findAbove({ read, at, above }: Comparison, row: Name): Known | undefined {
  const { lineOf, lines } = read.layout;
  return above.findLast(({ mention, cell }) => {
    const line = lineOf[mention.from]!;
    if (!cell || line === lineOf[at]) return false;
    const names = between(read.names[line]!, (name) => name.from, lines[line]!.from, lines[line]!.from + MAX_GAP);
    return [...(names.find(({ kind }) => kind === row.kind)?.labels ?? [])].some((label) => row.labels!.has(label));
  });
}

function isSeparated(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens.slice(from, to).some(({ text }) => text === ',');
}

function fieldOf(
  { read, at, from, to, names }: Comparison,
  next: number,
  figure: Known | undefined,
): string | undefined {
  const { tokens } = read;
  const before = names.findLast(({ kind, to }) => kind === 'field' && to <= at);
  // In «paling rendah, sekaligus sisa terbesar» sisa is of the next superlative.
  const after = names.find((name) => name.kind === 'field' && name.from > at && (name.to < next || next === to));
  const isBeside = (name: Name) => !isSeparated(tokens, Math.min(name.from, at), Math.max(name.to, at));
  const named = [before, after].find((name) => name && isBeside(name)) ?? before;
  const words = named ? tokens.slice(named.from, named.to) : tokens.slice(from, next);
  const isShare = words.some(({ lower }) => /^(?:serapan|penyerapan|terserap|persentase)/.test(lower));
  if (!named && !figure) return isShare ? 'serapan' : undefined;
  const own = figure?.cell?.field ?? (figure?.mention.kind === 'percent' ? 'serapan' : undefined);
  if (!named || (own && named.fields!.has(own)) || (own && !isBeside(named)))
    return own ?? (isShare ? 'serapan' : undefined);
  return isShare ? 'serapan' : [...named.fields!].find((field) => field !== 'serapan');
}

/** «EBA tertinggi, sementara EBB terendah»: where the next statement begins. */
function nextSuperlative({ read, at, to }: Comparison): number {
  for (let next = at + 1; next < to; next++)
    if (superlativeAt(read.tokens, next) !== 0 || CONTRAST.test(read.tokens[next]!.lower)) return next;
  return to;
}

function findNumber(row: Row, field: string, isChange: boolean): number | undefined {
  if (!isChange) return cellOf(row, field)?.value;
  return row.cells.find((cell) => cell.isChange && cell.field === field && cell.kind !== 'any')?.value;
}
