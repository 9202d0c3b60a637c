import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than anything here takes on any machine, ms. */
export const PATIENCE_MS = 60_000;

/** Resolves with what `look` finds, once it finds something. @throws after a minute, naming what was awaited */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found as Exclude<T, false | null | undefined>;
    if (performance.now() > giveUpAt) throw new Error(`never came: ${what}`);
    await sleep(50);
  }
}
