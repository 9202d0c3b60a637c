import type { Binding } from '../binding/binding.ts';
import { isObjectKind } from '../binding/names.ts';
import { embeddedCounts } from '../data/cells.ts';
import type { Label } from '../data/labels.ts';
import { type Cell, fieldClass, type Records } from '../data/records.ts';
import { countOf } from '../data/selections.ts';
import { lowerBound } from '../data/sorted.ts';
import type { Figure } from '../text/figures.ts';

/** The result of a search for a figure in the data. */
export interface Lookup {
  /** The number that confirms the figure. */
  cell?: Cell;
  /** A number with the value of the figure but another name: the figure is in the wrong place. */
  other?: Cell;
}

/** Maximum number of equal values that are compared; keeps the time linear. */
const MAX_CANDIDATES = 400;

/** Finds the number of the data that has the value of a figure and everything that the text names. */
export function lookUp(figure: Figure & { before: string; after: string }, binding: Binding, records: Records): Lookup {
  const candidates = findCandidates(figure, records, binding.direction !== null);
  let other: Cell | undefined;
  for (const cell of candidates) {
    if (isNamed(cell, figure, binding)) return { cell };
    if (!other || (!hasLabels(other, binding) && hasLabels(cell, binding))) other = cell;
  }
  const phrase = embeddedCounts(figure as Parameters<typeof embeddedCounts>[0])
    .map((each) => records.phrases.get(each))
    .find((each) => each !== undefined);
  if (figure.kind === 'count' && phrase) return { cell: phrase };
  return other ? { other } : {};
}

/** Returns the numbers within the precision of a figure, nearest first; with both signs if the figure may be negative. */
function findCandidates(figure: Figure, records: Records, isChange: boolean): Cell[] {
  const isCount = figure.kind === 'count' && figure.precision <= 0.5;
  const cells = records.cells[figure.kind === 'number' || (figure.kind === 'count' && !isCount) ? 'any' : figure.kind];
  const found: Cell[] = [];
  for (const value of figure.mayBeNegative || isChange ? [figure.value, -figure.value] : [figure.value]) {
    const widest = isCount
      ? 0
      : figure.truncated
        ? Math.max(figure.precision * 6, Math.abs(value) * TRUNCATED)
        : figure.precision * 2 + Math.abs(value) * 1e-12;
    for (
      let at = lowerBound(cells, (cell) => cell.value, value - widest);
      at < cells.length && found.length < MAX_CANDIDATES;
      at++
    ) {
      const cell = cells[at]!;
      if (cell.value > value + widest) break;
      const side = cell.value >= value ? 'above' : 'below';
      if (Math.abs(cell.value - value) > tolerance(figure, side, cell.value)) continue;
      // «naik Rp5» of a number that fell.
      if (value !== figure.value && !figure.mayBeNegative && !cell.isChange) continue;
      if (isCount && figure.noun !== undefined && !countsNoun(cell, figure.noun)) continue;
      found.push(cell);
    }
  }
  return found.sort((one, two) => Math.abs(one.value - figure.value) - Math.abs(two.value - figure.value));
}

function countsNoun(cell: Cell, noun: string): boolean {
  return noun === 'hari' ? cell.noun === 'hari' : cell.noun === noun || cell.noun === '';
}

/** «Lebih dari separuh» may be this much more, «hampir separuh» this much less, in percent. */
const MAX_FRACTION_GAP = { above: 15, below: 7 };
/** «Lebih dari separuh» allows for this much less, in percent: 49,6 is shown as 50. */
const MAX_BELOW_FRACTION = 0.5;
/** «Hampir» and «lebih dari» allow this share of the value. */
const TRUNCATED = 0.02;

/** Returns the maximum difference. Counts below thousands are exact; other figures allow for binary fractions. */
export function tolerance(figure: Figure, side: 'above' | 'below', known: number): number {
  if (figure.kind === 'count' && figure.precision <= 0.5) return 0;
  const binaryError = figure.precision * 1e-9 + Math.abs(known) * Number.EPSILON;
  // «lebih dari separuh»
  const isFraction = figure.kind === 'percent' && figure.precision > 2;
  if (isFraction && figure.truncated === side) return MAX_FRACTION_GAP[side];
  if (isFraction && figure.truncated === 'above') return MAX_BELOW_FRACTION;
  // «hampir tiga kali» for 2,6, but not for 3,2
  if (figure.kind === 'number' && figure.truncated === 'below')
    return side === 'below' ? figure.precision : binaryError;
  // «hampir Rp90 juta» for 88,5
  if (figure.truncated === side) return Math.max(figure.precision * 2, Math.abs(figure.value) * TRUNCATED);
  return figure.precision * (figure.isApproximate ? 2 : 1) + binaryError;
}

/** Returns whether a number is what the text names. Numbers inside texts and results of calculations have no name. */
function isNamed(cell: Cell, figure: Figure, binding: Binding): boolean {
  if (cell.field === 'text' || cell.field === 'result') return true;
  if (cell.isChange ? isReversed(cell.value, figure, binding) : figure.isPoints && cell.kind === 'percent')
    return false;
  if (binding.isShare && cell.field === 'serapan') return false;
  // «Rp7 miliar di akhir Oktober» is not what the report of October gives for the months before.
  if (
    cell.field === 'realisasi_periode_lalu' &&
    binding.labels.get('month')?.nearness === 'own' &&
    !binding.fields?.has(cell.field)
  )
    return false;
  if (binding.isTotal && binding.allOf !== null && cell.row.isTotal && cell.row.lists.length > 0)
    if (!cell.row.lists.some((list) => countOf(list) === binding.allOf)) return false;
  if (cell.isChange && [...(cell.row.labels.get('month') ?? [])].some((month) => binding.bases.has(month)))
    return false;
  if (binding.isIncrement && cell.field === 'realisasi' && !cell.isChange && binding.fields?.has('realisasi'))
    return false;
  if (binding.isJoined && cell.kind !== 'percent' && fieldClass(cell) === 'count') return false;
  // «pagu terlampaui Rp5 juta»: a negative sisa.
  const isExcess = figure.mayBeNegative && cell.value < 0 && cell.field.startsWith('sisa') && !cell.isChange;
  return (isExcess || hasField(cell, binding)) && hasLabels(cell, binding) && hasWeakLabel(cell, binding);
}

/** Returns whether a change has another sign than the text gives to it: «+Rp5 juta», «turun». */
export function isReversed(change: number, { sign }: Figure, { direction }: Binding): boolean {
  return (sign ?? (direction === null ? 0 : direction === 'up' ? 1 : -1)) * change < 0;
}

/** Returns whether a number has the field that the text names. */
export function hasField(cell: Cell, { fields, fieldNearness }: Binding): boolean {
  if (fields === null || cell.kind === 'count' || !KNOWN_FIELDS.has(cell.field)) return true;
  if (fieldNearness !== 'own' && !cell.isChange) return true;
  if (cell.kind === 'percent') return fields.has('serapan') || (fields.has('pagu') && !fields.has('sisa'));
  const isStatus = cell.row.labels.has('status') && (fields.has('outstanding') || fields.has('komitmen'));
  // Activities have no sisa: «Sisanya kecil: Rapat Rp7 juta».
  if (!isStatus && !cell.row.cells.some(({ field, kind }) => kind === 'amount' && fields.has(field))) return true;
  return fields.has(cell.field) || (cell.field === 'alokasi' && hasStatus(cell, fields));
}

/** «Total komitmen»: the allocation of the activities with the status Komitmen. */
function hasStatus({ row }: Cell, fields: ReadonlySet<string>): boolean {
  return [...(row.labels.get('status') ?? [])].some(({ text }) => fields.has(text.toLowerCase()));
}

const KNOWN_FIELDS = new Set([
  'pagu',
  'realisasi',
  'sisa',
  'sisa_setelah_komitmen',
  'outstanding',
  'komitmen',
  'blokir',
  'serapan',
  'alokasi',
  'realisasi_periode_ini',
  'realisasi_periode_lalu',
]);

/** Returns whether the row of a number has a label of each kind that the text names. */
export function hasLabels(cell: Cell, { labels, isTotal }: Binding): boolean {
  if (isTotal && cell.row.isTotal) return true;
  // «Di luar itu ada 3 kegiatan tanpa tanggal»: the count of a part of a result is of no object in the sentences before.
  const isPart = cell.kind === 'count' && cell.row.list === null && !cell.row.isTotal;
  for (const [kind, { labels: named, nearness }] of labels) {
    if (hasLabel(cell, kind, named)) continue;
    if (isPart && isObjectKind(kind) && nearness !== 'own') continue;
    if (cell.row.isTotal && nearness === 'lead') continue;
    if (cell.row.isTotal && isObjectKind(kind) && (nearness !== 'own' || namesAll(cell.row, kind, named))) continue;
    return false;
  }
  return true;
}

/** «Belanja Modal», if all rows of the result are accounts with these words in their names. */
function namesAll({ lists }: Cell['row'], kind: string, named: ReadonlySet<Label>): boolean {
  const isNamed = (row: Cell['row']) => [...(row.labels.get(kind) ?? [])].some((label) => named.has(label));
  return lists.some((list) => list.isComplete && list.rows.length > 0 && list.rows.every(isNamed));
}

/** A word next to the figure distinguishes the rows of a list: «Rp14 juta perjalanan, Rp18 juta pendaftaran». */
function hasWeakLabel({ row, field }: Cell, { weak, labels }: Binding): boolean {
  const own = row.labels.get('name');
  if (weak.size === 0 || (own && [...own].some((label) => weak.has(label)))) return true;
  const names = labels.get('name')?.labels;
  const isPart = (each: object) =>
    names === undefined || [...names].some((name) => name.rows.has(each) && !name.rows.has(row));
  const isOther = (each: object) => (each as Cell['row']).list === row.list || names !== undefined;
  return ![...weak].some(
    (label) => label.fields.has(field) && [...label.rows].some((each) => isOther(each) && isPart(each)),
  );
}

/** A name requires its label only of fields that rows with this label have. */
function hasLabel(cell: Cell, kind: string, named: ReadonlySet<Label>): boolean {
  const own = cell.row.labels.get(kind);
  if (own) for (const label of own) if (named.has(label)) return true;
  // The months of a trend of one account do not repeat its name.
  if (isObjectKind(kind) && cell.row.list?.path.endsWith('months')) return true;
  const field = fieldClass(cell);
  for (const label of named) if (label.fields.has(field)) return false;
  return true;
}
