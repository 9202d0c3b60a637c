import type { Heap } from './subject.ts';

// Loaded before a server whose heap is measured: collects garbage when asked and says what is left.
process.on('message', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ heapMb: heapUsed / 1024 ** 2, externalMb: external / 1024 ** 2 } satisfies Heap);
});
process.channel?.unref();
