/** Ratio of two bounds: the error of a quantile is at most 10 percent. */
const RATIO = 1.2;

/** Durations in ms, counted in buckets whose bounds grow by a constant ratio. */
export class Durations {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(ms: number): void {
    this.#increase(Math.ceil(Math.log(Math.max(1, ms)) / Math.log(RATIO)), 1);
  }

  merge(other: Durations): void {
    for (const [bucket, count] of other.#counts) this.#increase(bucket, count);
  }

  /** Returns the duration that this share (0 to 1) of all durations does not exceed, in ms; null without durations. */
  quantile(share: number): number | null {
    let left = Math.ceil(share * this.#total);
    for (const bucket of [...this.#counts.keys()].sort((one, other) => one - other)) {
      left -= this.#counts.get(bucket) ?? 0;
      // The middle of the bucket; its first bound is 1 ms.
      if (left <= 0) return Math.round(RATIO ** Math.max(0, bucket - 0.5));
    }
    return null;
  }

  #increase(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#total += count;
  }
}
