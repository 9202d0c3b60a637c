import { MONTH_NAMES } from '../../indonesian-months.ts';

/** The number of list members with the same text in one field, and the labels that an answer may use for it. */
export interface ValueCount {
  noun: string | undefined;
  count: number;
  labels: string[];
  path: string;
}

/** Maximum number of value counts of one result; keeps the memory bounded. */
const MAX_VALUE_COUNTS = 5_000;
/** Maximum length of a value that an answer may name, characters. */
const MAX_VALUE_LENGTH = 80;
const DATE = /^(\d{4})-(\d\d)-(\d\d)/;

/** Counts list members by value, for «2 kegiatan berstatus Rencana» and «1 kegiatan pada 24 November». */
export function addValueCounts(
  valueCounts: ValueCount[],
  list: readonly unknown[],
  place: { noun: string | undefined; path: string; isIgnored: (key: string) => boolean },
): void {
  const groups = new Map<string, ValueCount>();
  for (const item of list) {
    if (typeof item !== 'object' || item === null) continue;
    for (const [key, value] of Object.entries(item)) {
      if (typeof value !== 'string' || value.length > MAX_VALUE_LENGTH || (place.isIgnored(key) && !DATE.test(value)))
        continue;
      const path = `${place.path}[${key}=${value}]`;
      const group = groups.get(path) ?? { noun: place.noun, count: 0, labels: toLabels(value), path };
      group.count++;
      groups.set(path, group);
    }
  }
  valueCounts.push(...[...groups.values()].slice(0, Math.max(0, MAX_VALUE_COUNTS - valueCounts.length)));
}

/** Returns the forms of a value in an answer: lower case, and common forms of a date. */
function toLabels(value: string): string[] {
  const date = DATE.exec(value);
  if (!date) return value.trim() === '' ? [] : [value.trim().toLowerCase()];
  const [day, month] = [Number(date[3]), Number(date[2])];
  const name = MONTH_NAMES[month - 1]?.toLowerCase() ?? '';
  return [`${day} ${name}`, `${day} ${name.slice(0, 3)}`, `${day}/${month}`, value.slice(0, 10)];
}
