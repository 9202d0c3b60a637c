import type { ReadText } from './bind.ts';
import { isMultiple } from './derive-counts.ts';
import { hasField, hasLabels } from './lookup.ts';
import { isObjectKind } from './names.ts';
import { isSupposed } from './not-data.ts';
import type { Item } from './read-answer.ts';
import type { Cell, Records } from './records.ts';
import { ABOVE, BELOW } from './scene.ts';

/** Returns whether the data knows the field or the part that the text names, so that a figure of the user cannot stand for it. */
export function isSuperseded(item: Item, records: Records): boolean {
  const { mention, binding } = item;
  if (isSupposed(item.words)) return false;
  if (mention.kind === 'count' || mention.kind === 'number') return countsNamedPart(item, () => true);
  if (binding.fieldNearness !== 'own' || binding.fields === null) return false;
  return records.cells[mention.kind].some((cell) => hasField(cell, mention, binding) && hasLabels(cell, binding));
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

/** Words with which an answer computes. */
const COMPUTED = /\b(?:selisih|selisihnya|beda|bedanya|total|totalnya|jumlah|jumlahnya|gabungan|rata|per)\b|[=÷+]/;
/** Below this ratio of precision and value, equal digits are no coincidence. */
const MAX_EXACT_RATIO = 0.002;

/** Returns whether the value belongs to another row or field of the data, so that no computation may confirm the figure. */
export function isMisplaced({ mention, binding, near }: Item, { tokens }: ReadText, other: Cell | undefined): boolean {
  // «belum sampai ⅓»: a limit, no share.
  if (tokens[mention.from - 2]?.lower === 'belum' && /^(?:sampai|mencapai)$/.test(tokens[mention.from - 1]!.lower))
    return true;
  if (!other || other.kind === 'count' || mention.kind === 'count' || mention.kind === 'number') return false;
  const isExact =
    mention.kind === 'percent'
      ? mention.precision <= 0.05
      : mention.precision / Math.max(1, Math.abs(mention.value)) < MAX_EXACT_RATIO;
  const isNamed =
    binding.fieldNearness === 'own' || [...binding.labels.values()].some(({ nearness }) => nearness !== 'line');
  return isExact && isNamed && !COMPUTED.test(near);
}

/**
 * Returns whether a number is checked: every figure, and bare numbers up to 9 where the text names what they count
 * («Rencana: 8», «3 terlambat», «tiga dari enam di atas 70%», «9 kali lipat»).
 */
export function isChecked(item: Item, read: ReadText): boolean {
  const { mention, words } = item;
  const { tokens } = read;
  if (mention.isFigure) return true;
  if (mention.kind !== 'number' || !Number.isInteger(mention.value)) return false;
  if (isMultiple({ mention, read })) return true;
  if (/^(?:dari|seluruh)$/.test(tokens[mention.from - 1]?.lower ?? '')) return false;
  if ([2, 3].some((ahead) => /^(?:lain|lainnya)$/.test(tokens[mention.last + ahead]?.lower ?? ''))) return true;
  if (/^(?:dari|yang)$/.test(tokens[mention.last + 1]?.lower ?? '') && (BELOW.test(words) || ABOVE.test(words)))
    return true;
  return countsNamedPart(item, (kind) => /^(?:status|flag|period)$/.test(kind));
}
