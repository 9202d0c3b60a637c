/** Resolves with the first matching item of `past` or of a subscription. @throws after `timeoutMs` or when `signal` aborts */
export async function waitForMatch<T>(
  past: readonly T[],
  subscribe: (listener: (item: T) => void) => () => void,
  predicate: (item: T) => boolean,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<T> {
  const found = past.find(predicate);
  if (found) return found;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const unsubscribe = subscribe((item) => predicate(item) && resolve(item));
  const timer = setTimeout(() => reject(new Error(`no match within ${timeoutMs} ms`)), timeoutMs);
  const onAbort = () => reject(new Error('the fake server was closed'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}
