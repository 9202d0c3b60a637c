import { MONTH_NAMES } from '../../indonesian-months.ts';

/** How many members of a returned list share a value, by the words that name it. */
export interface ValueCount {
  noun: string | undefined;
  count: number;
  labels: string[];
  path: string;
}

const MOST = 5000;
const LONGEST = 80;
const DATED = /^(\d{4})-(\d\d)-(\d\d)/;

/** Adds how many members of a list hold the same text in a field: «2 kegiatan berstatus Rencana», «1 kegiatan pada 24 November». */
export function addValueCounts(
  tallies: ValueCount[],
  list: readonly unknown[],
  place: { noun: string | undefined; path: string; isLeftOut: (key: string) => boolean },
): void {
  const groups = new Map<string, ValueCount>();
  for (const item of list) {
    if (typeof item !== 'object' || item === null) continue;
    for (const [key, value] of Object.entries(item)) {
      if (typeof value !== 'string' || value.length > LONGEST || (place.isLeftOut(key) && !DATED.test(value))) continue;
      const path = `${place.path}[${key}=${value}]`;
      const tally = groups.get(path) ?? { noun: place.noun, count: 0, labels: labelsOf(value), path };
      tally.count++;
      groups.set(path, tally);
    }
  }
  tallies.push(...[...groups.values()].slice(0, Math.max(0, MOST - tallies.length)));
}

function labelsOf(value: string): string[] {
  const date = DATED.exec(value);
  if (!date) return value.trim() === '' ? [] : [value.trim().toLowerCase()];
  const [day, month] = [Number(date[3]), Number(date[2])];
  const name = MONTH_NAMES[month - 1]?.toLowerCase() ?? '';
  return [`${day} ${name}`, `${day} ${name.slice(0, 3)}`, `${day}/${month}`, value.slice(0, 10)];
}
