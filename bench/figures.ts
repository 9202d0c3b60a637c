/** Summary of repeated measurements. */
export interface Summary {
  median: number;
  min: number;
  max: number;
}

/** @returns the percentile `share` (0–1) by the nearest rank. @throws without values */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined || sorted.some(Number.isNaN)) throw new Error('nothing was measured');
  return found;
}

/** @returns the middle value, or the mean of the two middle values. @throws without values */
export function median(values: readonly number[]): number {
  const below = percentile(values, 0.5);
  if (values.length % 2 === 1) return below;
  const above = values.toSorted((a, b) => a - b)[values.length / 2];
  return (below + (above ?? below)) / 2;
}

/** Median and spread. @throws without values */
export function summarise(values: readonly number[]): Summary {
  return { median: median(values), min: percentile(values, 0), max: percentile(values, 1) };
}

/** @returns `ours / against` per round, so that disturbances affect both sides. @throws if the number of rounds differs */
export function ratios(ours: readonly number[], against: readonly number[]): number[] {
  if (ours.length !== against.length) throw new Error('each round needs both measurements');
  return ours.map((value, round) => {
    const other = against[round] ?? 0;
    if (!(other > 0)) throw new Error('nothing to compare with');
    return value / other;
  });
}

/** The minimum or maximum of the median. */
export interface Goal {
  at: 'least' | 'most';
  value: number;
}

/** Whether a summary's median meets a goal. */
export function meets({ median: value }: Summary, goal: Goal): boolean {
  return goal.at === 'least' ? value >= goal.value : value <= goal.value;
}
