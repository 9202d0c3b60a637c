import type { Label } from './labels.ts';
import { OBJECT_KINDS } from './labels.ts';
import type { Cell, List, Records, Row } from './records.ts';

/** Labels by kind; a row must have one of each kind. */
export type LabelSets = ReadonlyMap<string, ReadonlySet<Label>>;

/** Rows of one list that a text names. */
export interface Selection {
  list: List;
  rows: readonly Row[];
}

/** Selects the rows with the named labels from every list in which one of these labels occurs. */
export function selectRows(records: Records, labels: LabelSets): Selection[] {
  const selections: Selection[] = [];
  for (const list of records.lists) {
    const applying = [...labels].filter(([kind, named]) => list.rows.some((row) => hasAny(row, kind, named)));
    if (applying.length === 0) continue;
    // The allocations of an activity have its status and date too, but are not counted by these.
    if (!list.owner.isTotal && !applying.some(([kind]) => OBJECT_KINDS.has(kind.replace('~', '')))) continue;
    // A name of an object that this list does not contain selects nothing of it.
    if (
      [...labels.keys()].some((kind) => OBJECT_KINDS.has(kind.replace('~', ''))) &&
      !applying.some(([kind]) => OBJECT_KINDS.has(kind.replace('~', '')))
    )
      continue;
    const rows = list.rows.filter((row) => applying.every(([kind, named]) => hasAny(row, kind, named)));
    if (rows.length > 0) selections.push({ list, rows });
  }
  return selections;
}

/** A kind that ends in ~ is a second condition on the same kind. */
function hasAny(row: Row, kind: string, named: ReadonlySet<Label>): boolean {
  const own = row.labels.get(kind.replace('~', ''));
  if (own) for (const label of own) if (named.has(label)) return true;
  return false;
}

/** Returns the rows of the list that are not selected. */
export function complement({ list, rows }: Selection): Selection {
  const selected = new Set(rows);
  return { list, rows: list.rows.filter((row) => !selected.has(row)) };
}

/** Selects the rows of complete lists whose field is above or below a threshold. */
export function selectByThreshold(records: Records, field: string, isInside: (value: number) => boolean): Selection[] {
  return records.lists
    .filter((list) => list.rows.some((row) => cellOf(row, field)))
    .map((list) => ({
      list,
      rows: list.rows.filter((row) => {
        const cell = cellOf(row, field);
        return cell !== undefined && isInside(cell.value);
      }),
    }));
}

/** Returns the number of a row with a field. */
export function cellOf(row: Row, field: string): Cell | undefined {
  return row.cells.find((cell) => cell.field === field && !cell.isChange && cell.kind !== 'any');
}

/** Returns the rows of whole results. */
export function totalRows({ rows }: Records): Row[] {
  return rows.filter(({ isTotal }) => isTotal);
}

/** Adds up a field of rows. @returns undefined if a row does not have it */
export function sumOf(rows: readonly Row[], field: string): number | undefined {
  let sum = 0;
  for (const row of rows) {
    const cell = cellOf(row, field);
    if (!cell) return undefined;
    sum += cell.value;
  }
  return sum;
}

/** Returns the total of a field over everything that a list's count counts. */
export function totalOf(list: List, field: string, records: Records): number | undefined {
  for (const cell of list.owner.cells)
    if (
      cell.field === field &&
      !cell.isChange &&
      cell.kind !== 'any' &&
      cell.path.split('.').length <= list.path.split('.').length + 1
    )
      return cell.value;
  for (const cell of records.cells.amount)
    if (cell.row.isTotal && cell.field === field && !cell.isChange) return cell.value;
  return list.isComplete ? sumOf(list.rows, field) : undefined;
}

/** Returns how many rows a list has in all. */
export function countOf(list: List): number {
  return list.owner.cells.find(({ field, kind }) => field === 'count' && kind === 'count')?.value ?? list.rows.length;
}
