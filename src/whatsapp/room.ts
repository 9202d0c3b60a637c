/** Room for bytes that somebody holds. */
export interface Lease {
  /** Gives back all but `bytes`. */
  keep(bytes: number): void;
  /** Gives back the rest. */
  leave(): void;
}

/** Room for so many bytes at once; who finds too little waits, in order of arrival. */
export function createRoom(bytes: number) {
  let free = bytes;
  const waiting: { wanted: number; enter(lease: Lease): void }[] = [];

  function admit(): void {
    for (let next = waiting[0]; next && next.wanted <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.wanted;
      next.enter(leaseOf(next.wanted));
    }
  }

  function leaseOf(wanted: number): Lease {
    let held = wanted;
    const keep = (less: number) => {
      free += held - less;
      held = less;
      admit();
    };
    return { keep, leave: () => keep(0) };
  }

  return {
    /** Waits for room; at most all of it can be asked for. @throws the signal's reason */
    async enter(wanted: number, signal: AbortSignal): Promise<Lease> {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Lease>();
      const place = { wanted, enter: resolve };
      const onAbort = () => {
        const at = waiting.indexOf(place);
        if (at < 0) return;
        waiting.splice(at, 1);
        reject(signal.reason);
        admit();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.push(place);
      admit();
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
