/** A share of a capacity, held until it is released. */
export interface CapacityShare {
  /** Returns all but `amount`. An amount above the current share changes nothing. */
  shrink(amount: number): void;
  /** Returns the whole share. Calling it again has no effect. */
  release(): void;
}

/** A weighted semaphore: an amount of something (bytes of memory) that several turns share. */
export interface Capacity {
  /**
   * Waits until `amount` is free, in order of arrival, and takes it. An amount above the total waits for all of it.
   * @throws the signal's reason
   */
  acquire(amount: number, signal?: AbortSignal): Promise<CapacityShare>;
  /** The amount that is not taken. */
  readonly free: number;
}

/** Creates a capacity of `total`. Waiting callers are served strictly in order: a large request is never starved by small ones. */
export function createCapacity(total: number): Capacity {
  let free = total;
  const waiting: { amount: number; admit(lease: CapacityShare): void }[] = [];

  function admitWaiting(): void {
    for (let next = waiting[0]; next && next.amount <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.amount;
      next.admit(createShare(next.amount));
    }
  }

  function createShare(amount: number): CapacityShare {
    let held = amount;
    const shrink = (to: number) => {
      if (to >= held) return;
      free += held - to;
      held = to;
      admitWaiting();
    };
    return { shrink, release: () => shrink(0) };
  }

  return {
    get free() {
      return free;
    },
    async acquire(wanted, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<CapacityShare>();
      const waiter = { amount: Math.min(wanted, total), admit: resolve };
      const onAbort = () => {
        const index = waiting.indexOf(waiter);
        if (index < 0) return;
        waiting.splice(index, 1);
        reject(signal?.reason);
        admitWaiting();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      waiting.push(waiter);
      admitWaiting();
      try {
        return await promise;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
  };
}
