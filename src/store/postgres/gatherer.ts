/** An operation that waits for its statement. */
export interface Waiting<Item> {
  item: Item;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Maximum operations of one statement: it holds its locks until the last of them has ended. */
const MAX_BATCH = 200;

/**
 * Gathers the operations of an event-loop tick into one statement. While `maxRunning` statements run, further operations
 * wait and share the next one. The last of the running statements is only for urgent operations.
 */
export function createGatherer<Item>(options: {
  maxRunning: number;
  /** Whether someone waits for the operation. */
  isUrgent(item: Item): boolean;
  /** Runs these operations; settles all of them. */
  run(batch: Waiting<Item>[]): Promise<void>;
}) {
  let queue: Waiting<Item>[] = [];
  let running = 0;
  let isScheduled = false;
  let idle = Promise.withResolvers<void>();

  function flush(): void {
    isScheduled = false;
    while (running < options.maxRunning) {
      const isLast = running === options.maxRunning - 1;
      const batch = queue.filter(({ item }) => !isLast || options.isUrgent(item)).slice(0, MAX_BATCH);
      if (batch.length === 0) return;
      const taken = new Set(batch);
      queue = queue.filter((waiting) => !taken.has(waiting));
      running += 1;
      void options.run(batch).finally(() => {
        running -= 1;
        flush();
        if (running === 0) idle.resolve();
      });
    }
  }

  return {
    /** Adds an operation. @returns its result */
    add<Result>(item: Item): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        queue.push({ item, resolve: resolve as (result: unknown) => void, reject });
        if (isScheduled) return;
        isScheduled = true;
        setImmediate(flush);
      });
    },

    /** Rejects the operations that wait for a statement. */
    rejectWaiting(error: unknown): void {
      for (const { reject } of queue) reject(error);
      queue = [];
    },

    /** Starts the operations that wait and resolves when all have ended. */
    async drain(): Promise<void> {
      flush();
      if (running === 0) return;
      idle = Promise.withResolvers<void>();
      await idle.promise;
    },
  };
}
