/** Returns the index of the first item whose key is not below `key`; `items` are sorted by it. */
export function lowerBound<T>(items: readonly T[], keyOf: (item: T) => number, key: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(items[middle]!) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the items with a key from `from` to below `to`; `items` are sorted by it. */
export function between<T>(items: readonly T[], keyOf: (item: T) => number, from: number, to: number): T[] {
  const found: T[] = [];
  for (let at = lowerBound(items, keyOf, from); at < items.length && keyOf(items[at]!) < to; at++)
    found.push(items[at]!);
  return found;
}
