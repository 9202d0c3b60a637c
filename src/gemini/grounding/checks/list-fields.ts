import type { ReadText } from '../binding/binding.ts';
import type { Cell } from '../data/records.ts';
import { cellOf } from '../data/selections.ts';
import type { Mention } from '../text/figures.ts';
import { tolerance } from './lookup.ts';
import type { Known } from './scene.ts';

/** Minimum number of items with one field that show what a list is about. */
const MIN_ITEMS = 2;

/**
 * Finds the amounts of a list that have another field than those of all other items: «A: Rp1 (sisa), B: Rp2 (sisa), C: Rp3
 * (sisa setelah komitmen)», where C has a different sisa. Only items with one amount, whose field no word beside it names.
 */
export function findOutliers(known: readonly Known[], { layout }: ReadText): Map<Mention, Cell> {
  const outliers = new Map<Mention, Cell>();
  const amounts = known.filter(
    ({ mention, binding }) => mention.kind === 'amount' && layout.lines[binding.line]!.isItem,
  );
  const single = [...Map.groupBy(amounts, ({ binding }) => binding.line).values()].flatMap((line) =>
    line.length === 1 && line[0]!.cell && line[0]!.binding.fieldNearness !== 'own' ? line : [],
  );
  for (const items of Map.groupBy(single, ({ binding }) => layout.lines[binding.line]!.block).values()) {
    const byField = [...Map.groupBy(items, ({ cell }) => fieldOf(cell!))].sort(
      ([, one], [, two]) => two.length - one.length,
    );
    const [[field, most] = ['', []]] = byField;
    if (most.length < MIN_ITEMS || items.length - most.length > 1) continue;
    for (const item of items) if (hasOther(item, field)) outliers.set(item.mention, item.cell!);
  }
  return outliers;
}

/** The field of an item's number; that of an allocation is a part of its activity's. */
function fieldOf(cell: Cell): string {
  return isPart(cell) ? `part ${cell.field}` : cell.field;
}

function isPart({ row }: Cell): boolean {
  return row.list !== null && !row.list.owner.isTotal;
}

/** Whether the row of an item has another number in the field. */
function hasOther({ cell, mention }: Known, field: string): boolean {
  const row = isPart(cell!) ? cell!.row.list!.owner : cell!.row;
  const other = fieldOf(cell!) === field ? undefined : cellOf(row, field);
  return other !== undefined && Math.abs(other.value - mention.value) > tolerance(mention, 'above', other.value);
}
