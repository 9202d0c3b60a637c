import type { ReadText } from '../binding/binding.ts';
import { isFieldWord } from '../binding/field-names.ts';
import { isObjectKind, type Name } from '../binding/names.ts';
import { isSupposed } from '../binding/not-data.ts';
import type { Item } from '../binding/read-answer.ts';
import type { Cell, Records } from '../data/records.ts';
import { cellOf, selectRows } from '../data/selections.ts';
import { between } from '../data/sorted.ts';
import { isMultiple } from '../derive/derive-counts.ts';
import { countableAfter } from '../text/code-patterns.ts';
import type { Mention } from '../text/figures.ts';
import { hasField, hasLabels, isReversed } from './lookup.ts';
import { REST } from './named-rows.ts';
import { boundLabels } from './scene.ts';
import { findLimit } from './thresholds.ts';

/** Returns whether the data knows the field or the part that the text names, so that a figure of the user cannot stand for it. */
export function isSuperseded(item: Item, records: Records): boolean {
  const { mention, binding } = item;
  if (isSupposed(item.words, mention.before)) return false;
  if (/\b(?:ya|iya|betul|benar|tepat|memang|sesuai)\b/.test(item.words) && hasTotal(mention, records)) return true;
  if (mention.kind === 'count' || mention.kind === 'number') return countsNamedPart(item, () => true);
  if (binding.fieldNearness !== 'own' || binding.fields === null) return false;
  return records.cells[mention.kind].some((cell) => hasField(cell, binding) && hasLabels(cell, binding));
}

/** Returns whether a whole result has a number of this kind, so that the text need not repeat the user's. */
function hasTotal({ kind, noun }: Mention, { rows }: Records): boolean {
  return rows.some(
    ({ isTotal, cells }) => isTotal && cells.some((cell) => cell.kind === kind && (!noun || cell.noun === noun)),
  );
}

function countsNamedPart({ binding }: Item, hasKind: (kind: string) => boolean): boolean {
  return [...binding.labels].some(
    ([kind, { nearness, labels }]) =>
      nearness === 'own' &&
      !isObjectKind(kind) &&
      hasKind(kind) &&
      [...labels].some((label) => label.fields.has('count')),
  );
}

/** Returns whether the text names one field of one row, and the data has another value there. */
export function isContradicted(item: Item, read: ReadText, records: Records): boolean {
  const { mention, binding, near, words } = item;
  if (/\b(?:kalau|jika|bila|apabila|andai)\b/.test(words)) return false;
  const { fields, fieldNearness, labels } = binding;
  const objects = [...labels].flatMap(([kind, { nearness }]) => (isObjectKind(kind) ? nearness : []));
  if (objects.every((nearness) => nearness === 'lead') || mention.isPoints || isComputed(near)) return false;
  if (REST.test(near)) return false;
  const isOwn = objects.includes('own');
  // The allocations of an activity have its name too.
  const rows = selectRows(records, boundLabels(binding)).flatMap(({ list, rows }) =>
    list.isMap || (isOwn && !list.owner.isTotal) ? [] : rows,
  );
  if (rows.length !== 1 || binding.direction !== null) return false;
  // «Klinik Rp9 juta»: an activity has one amount.
  const amounts = rows[0]!.cells.filter(({ kind }) => kind === 'amount');
  if (mention.kind === 'amount' && amounts.length === 1 && isOwn) return true;
  if (fieldNearness === 'lead' || fields === null) return false;
  if (mention.kind === 'percent')
    return !isShareOfAmount(item, read) && fields.has('serapan') && cellOf(rows[0]!, 'serapan') !== undefined;
  return (
    mention.kind === 'amount' &&
    fields.size <= 2 &&
    [...fields].every((field) => field === 'serapan' || field === 'alokasi' || cellOf(rows[0]!, field))
  );
}

/** «Rp1,8 miliar barang dan jasa (43%)», «dua pertiga realisasi» */
function isShareOfAmount({ mention, around, binding }: Item, { tokens }: ReadText): boolean {
  if (mention.precision > 2 && isFieldWord(tokens[mention.last + 1]?.lower ?? '')) return true;
  const before = around.findLast(({ last }) => last < mention.from);
  return (
    binding.fieldNearness !== 'own' &&
    tokens[mention.from - 1]?.text === '(' &&
    before?.kind === 'amount' &&
    before.from >= binding.sentence.from
  );
}

/** «dari total pagu», «dari jumlah itu»: what a figure is a part of, no computation. */
const OF_WHOLE = /\bdari (?:total|jumlah)\b/g;
/** Words with which an answer computes. */
const COMPUTED =
  /\b(?:selisih|selisihnya|beda|bedanya|total|totalnya|jumlah|jumlahnya|dijumlah|dijumlahkan|gabungan|digabung|rata|per(?! \d)|lain|lainnya|selain|menyisakan|sehingga|menjadi|perlu|butuh|kurang|tersebar|lebih (?!dari)\p{L}+)\b|[=÷+⇒]/u;
/** Below this ratio of precision and value, equal digits are no coincidence. */
const MAX_EXACT_RATIO = 0.002;
/** The same for the total of another field. */
const MAX_WHOLE_RATIO = 0.03;

/** Returns whether the value belongs to another row or field of the data, so that no computation may confirm the figure. */
export function isMisplaced({ mention, binding, near }: Item, { tokens }: ReadText, other: Cell | undefined): boolean {
  // «belum sampai ⅓»: a limit, no share.
  if (tokens[mention.from - 2]?.lower === 'belum' && /^(?:sampai|mencapai)$/.test(tokens[mention.from - 1]!.lower))
    return true;
  if (other && [...(other.row.labels.get('month') ?? [])].some((month) => binding.bases.has(month))) return true;
  if (!other || mention.isPoints || other.kind === 'count' || mention.kind === 'count' || mention.kind === 'number')
    return false;
  // «Sisa anggaran Rp4,9 miliar»: the realisasi of the same whole.
  const isOfWhole =
    other.row.isTotal &&
    binding.fieldNearness === 'own' &&
    !hasField(other, binding) &&
    ![...binding.labels.keys()].some(isObjectKind);
  const isExact =
    mention.kind === 'percent'
      ? mention.precision <= 0.05
      : mention.precision / Math.max(1, Math.abs(mention.value)) < (isOfWhole ? MAX_WHOLE_RATIO : MAX_EXACT_RATIO);
  const isNamed =
    binding.fieldNearness === 'own' ||
    [...binding.labels.values()].some(({ nearness }) => nearness !== 'line' || mention.kind === 'amount');
  return isExact && isNamed && binding.direction === null && !isComputed(near);
}

/** «Pagu naik Rp5», but it fell by this amount. */
export function isOppositeChange({ mention, binding }: Item, other: Cell | undefined): boolean {
  if (!other?.isChange || !isReversed(other.value, mention, binding)) return false;
  return binding.fields?.has(other.field) === true && hasLabels(other, binding);
}

/** A multiple compares two amounts of its line; those of other lines may be any, so it is not checked with them. */
function isComparable({ around, binding }: Item, { layout }: ReadText): boolean {
  const near = around.filter(({ from }) => layout.lineOf[from] === binding.line);
  const hasTwo = (mentions: readonly Mention[]) =>
    ['amount', 'percent'].some((kind) => mentions.filter((each) => each.kind === kind).length > 1);
  return hasTwo(near) || !hasTwo(around);
}

function isComputed(near: string): boolean {
  return COMPUTED.test(near.replace(OF_WHOLE, ''));
}

/** «Dua akun teratas»: the answer chooses how many it lists. */
const TOP = /^(?:teratas|terbawah|pertama|terakhir)$/;

/**
 * Returns whether a number is checked: every figure, and bare numbers up to 9 where the text names what they count
 * («Rencana: 8», «3 terlambat», «tiga dari enam di atas 70%», «9 kali lipat»).
 */
export function isChecked(item: Item, read: ReadText): boolean {
  const { mention } = item;
  const { tokens } = read;
  const names = between(read.names[item.binding.line]!, (name) => name.from, mention.from - 4, mention.from + 1);
  // «komponen 963.126», «Belanja Modal (53)»
  const isCode = ({ kind, to }: Name) =>
    to > mention.from && (kind === 'group' || (/^(?:code|account)$/.test(kind) && mention.value > 99));
  if (mention.kind === 'number' && names.some(isCode)) return false;
  if (mention.kind === 'count' && TOP.test(tokens[mention.last + 1]?.lower ?? '')) return false;
  if (mention.isFigure) return true;
  if (mention.kind === 'number' && isMultiple({ mention, read })) return isComparable(item, read);
  if (mention.kind !== 'number' || !Number.isInteger(mention.value)) return false;
  if (/^(?:dari|seluruh)$/.test(tokens[mention.from - 1]?.lower ?? '')) return false;
  // «2 hari ini» are activities, «2 PJ» are not.
  const isPeriod = /^(?:ini|depan)$/.test(tokens[mention.last + 2]?.lower ?? '');
  if (countableAfter(tokens, mention.last) && !isPeriod) return false;
  if ([2, 3].some((ahead) => /^(?:lain|lainnya)$/.test(tokens[mention.last + ahead]?.lower ?? ''))) return true;
  if (findLimit(tokens, mention, item.around)) return true;
  return countsNamedPart(item, (kind) => /^(?:status|flag|period)$/.test(kind));
}
