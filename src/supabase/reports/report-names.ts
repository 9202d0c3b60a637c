import type { BudgetCode } from '../budget/budget-code.ts';

/** The levels of a code above the account, by their number of segments. */
export const LEVELS = ['program', 'activity', 'kro', 'ro', 'component', 'subcomponent'] as const;
export type Level = (typeof LEVELS)[number];

/** The Indonesian noun of each level. */
export const LEVEL_NAMES: Readonly<Record<Level, string>> = {
  program: 'program',
  activity: 'kegiatan RKA-K/L',
  kro: 'KRO',
  ro: 'RO',
  component: 'komponen',
  subcomponent: 'subkomponen',
};

/** Digits of the account groups that account_name_map may name. */
const GROUP_DIGITS = [2, 3, 4];
/** Programs, activities and KRO have one name wherever they occur; the codes of lower levels start again under each parent. */
const GLOBAL_LEVELS = 3;

/** Returns the first `count` segments of a code. */
export function firstSegments(kode: string, count: number): string {
  let end = -1;
  for (let segment = 0; segment < count; segment++) {
    end = kode.indexOf('.', end + 1);
    if (end < 0) return kode;
  }
  return kode.slice(0, end);
}

/**
 * Selects the names of the accounts of these rows, of their groups (the first 2, 3 or 4 digits) and of the levels of their
 * codes: the map also names thousands of items. Its keys are last segments, so a segment with two meanings gets no name.
 */
export function selectNames(names: unknown, rows: readonly BudgetCode[]): [string, string][] {
  const accounts = [...new Set(rows.map(({ account }) => account))];
  const groups = accounts.flatMap((account) => GROUP_DIGITS.map((digits) => account.slice(0, digits)));
  const selected = new Set([...accounts, ...groups]);
  for (const segment of unambiguousSegments(rows)) selected.add(segment);
  const isNamed = (entry: [string, unknown]): entry is [string, string] =>
    selected.has(entry[0]) && typeof entry[1] === 'string' && entry[1].trim() !== '';
  return Object.entries(names ?? {}).filter(isNamed);
}

/** Returns the segments above the account that mean one thing only: one level and, below KRO, one parent. */
function unambiguousSegments(rows: readonly BudgetCode[]): string[] {
  const meanings = new Map<string, string | null>();
  const parents = new Set<string>();
  for (const { kode } of rows) {
    const parent = firstSegments(kode, LEVELS.length);
    if (parents.has(parent)) continue;
    parents.add(parent);
    for (const [index, segment] of parent.split('.').entries()) {
      const meaning = index < GLOBAL_LEVELS ? String(index) : firstSegments(parent, index + 1);
      const known = meanings.get(segment);
      meanings.set(segment, known === undefined || known === meaning ? meaning : null);
    }
  }
  return [...meanings].flatMap(([segment, meaning]) => (meaning === null ? [] : [segment]));
}
