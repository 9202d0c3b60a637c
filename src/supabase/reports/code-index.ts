/** Index of the rows by code: thousands of rows share a few hundred codes up to the item. */
export interface CodeIndex {
  /** Distinct codes without their last segment (the item), in lower case. */
  groups: readonly string[];
  /** The index in `groups` of each row. */
  groupOf: Uint32Array;
  /** The item of each row as a number; NOT_A_NUMBER unless it has one to nine digits. */
  itemOf: Int32Array;
}

const NOT_A_NUMBER = -1;

/** Splits every code at its last dot. */
export function indexCodes(kode: readonly string[]): CodeIndex {
  const groups: string[] = [];
  const numberOf = new Map<string, number>();
  const groupOf = new Uint32Array(kode.length);
  const itemOf = new Int32Array(kode.length);
  for (let row = 0; row < kode.length; row++) {
    const code = kode[row]!;
    const dot = code.lastIndexOf('.');
    const group = code.slice(0, Math.max(dot, 0));
    let number = numberOf.get(group);
    if (number === undefined) {
      number = groups.length;
      numberOf.set(group, number);
      groups.push(group.toLowerCase());
    }
    groupOf[row] = number;
    itemOf[row] = parseItem(code, dot + 1);
  }
  return { groups, groupOf, itemOf };
}

/** Marks the rows whose code begins with `code` or contains it as whole segments; ignores case. */
export function markCode(index: CodeIndex, kode: readonly string[], code: string, marks: Uint8Array): void {
  const { groups, groupOf, itemOf } = index;
  const wanted = code.toLowerCase();
  // Groups that match without the item.
  const groupMatches = groups.map((group) => group.startsWith(wanted) || `.${group}.`.includes(`.${wanted}.`));
  // In other groups a row matches only if `wanted` begins with the whole group or ends with the row's item.
  const includesItem = groups.map((group) => group === '' || wanted.startsWith(`${group}.`));
  const item = parseItem(wanted, wanted.lastIndexOf('.') + 1);
  for (let row = 0; row < marks.length; row++) {
    const group = groupOf[row]!;
    if (groupMatches[group]) marks[row] = 1;
    else if (includesItem[group] || itemOf[row] === item)
      marks[row] = matchesCode(kode[row]!.toLowerCase(), wanted) ? 1 : 0;
  }
}

function matchesCode(kode: string, wanted: string): boolean {
  return kode.startsWith(wanted) || `.${kode}.`.includes(`.${wanted}.`);
}

function parseItem(code: string, from: number): number {
  const length = code.length - from;
  if (length < 1 || length > 9) return NOT_A_NUMBER;
  let number = 0;
  for (let at = from; at < code.length; at++) {
    const digit = code.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return NOT_A_NUMBER;
    number = number * 10 + digit;
  }
  return number;
}
