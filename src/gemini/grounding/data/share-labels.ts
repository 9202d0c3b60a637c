import { type Label, type LabelIndex, OBJECT_KINDS } from './labels.ts';
import { fieldClass, type List, type Row } from './records.ts';

/** If all rows of a list share a label, the object that contains the list has it too: a search for one status. */
export function shareLabels(list: List, index: LabelIndex): void {
  if (list.isMap) return;
  const count = list.owner.cells.find(({ field }) => field === 'count')?.value;
  list.isComplete = count === undefined || count === list.rows.length;
  const [first, ...others] = list.rows;
  if (!first || !list.owner.isTotal) return;
  list.owner.lists.push(list);
  const accounts = list.rows.map((row) => [...(row.labels.get('account') ?? [])][0]?.text ?? '');
  // The accounts of one group were searched for: «akun 53 (Belanja Modal)».
  for (const digits of [2, 3, 4]) {
    const prefix = accounts[0]!.slice(0, digits);
    if (prefix.length === digits && accounts.every((account) => account.length > digits && account.startsWith(prefix)))
      index.addAccount(list.owner, prefix);
  }
  for (const [kind, labels] of first.labels) {
    // A page of a longer list shows only that a status was searched for.
    if (!list.isComplete && kind !== 'status') continue;
    const shared = [...labels].filter((label) => others.every((row) => row.labels.get(kind)?.has(label)));
    if (shared.length > 0 && !list.owner.labels.has(kind)) list.owner.labels.set(kind, new Set(shared));
  }
}

/** Rows of a list can be counted by status, day or person; rows of objects are single. */
export function noteFields(label: Label, row: Row): void {
  if (row.list !== null && !row.list.isMap && !OBJECT_KINDS.has(label.kind)) label.fields.add('count');
  label.rows.add(row);
  for (const cell of row.cells) label.fields.add(fieldClass(cell));
}
