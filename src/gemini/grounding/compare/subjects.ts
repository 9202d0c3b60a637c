import { isObjectKind, type Name } from '../binding/names.ts';
import type { Cell, Row } from '../data/records.ts';
import type { Token } from '../text/tokenizer.ts';

const KINDS = /^(?:month|period|type|status)$/;
/** Labels of more rows name no single one; keeps the time linear. */
const MAX_ROWS = 200;

/** Returns whether a name is a row, a month, a week, a type of report or a status, which can be compared. */
export function isSubject({ kind, labels }: Name): boolean {
  return (isObjectKind(kind) || KINDS.test(kind)) && labels !== undefined && labels.size > 0;
}

/** Returns whether two names can be compared with each other. */
export function areAlike(one: Name, two: Name): boolean {
  const isSame = one.kind === two.kind || (isObjectKind(one.kind) && isObjectKind(two.kind));
  return isSame && ![...one.labels!].some((label) => two.labels!.has(label));
}

/** Returns the number of a named row, or its change since the month before; NaN if it has none or several. */
export function numberOf({ labels }: Name, field: string, isChange = false): number {
  const named = [...labels!];
  if (named.reduce((sum, { rows }) => sum + rows.size, 0) > MAX_ROWS) return Number.NaN;
  const found = new Map<Row, number>();
  for (const { rows } of named)
    for (const row of rows as Set<Row>) {
      const cell = findCell(row.cells, field, isChange);
      if (cell) found.set(row, cell.value);
    }
  // The rows of a result have its labels too.
  const totals = [...found].filter(([{ isTotal }]) => isTotal);
  const outer = totals.length > 0 ? totals : [...found].filter(([{ parent }]) => parent === null || !found.has(parent));
  const values = new Set(outer.map(([, value]) => value));
  return values.size === 1 ? [...values][0]! : Number.NaN;
}

function findCell(cells: readonly Cell[], field: string, isChange: boolean): Cell | undefined {
  const find = (name: string, isOfChange: boolean) =>
    cells.find((cell) => cell.field === name && cell.isChange === isOfChange && cell.kind !== 'any');
  if (!isChange) return find(field, false);
  return find(field, true) ?? (field === 'realisasi' ? find('realisasi_periode_ini', false) : undefined);
}

/** Fields that a comparison without a field may mean. */
const COMPARED = ['realisasi', 'serapan', 'alokasi', 'pagu', 'count'];

/** The fields that a comparison means: as its words say, else any. */
export function comparedFields(tokens: readonly Token[], name: Name | undefined, hasPercent: boolean): string[] {
  if (!name) return hasPercent ? ['serapan'] : COMPARED;
  const isShare = tokens.slice(name.from, name.to).some(({ lower }) => /^(?:serapan|penyerapan|terserap)/.test(lower));
  const isOfShare = isShare || (hasPercent && name.fields!.has('serapan'));
  return isOfShare ? ['serapan'] : [...name.fields!].filter((field) => field !== 'serapan');
}
