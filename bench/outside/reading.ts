import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadResult, Loads, People } from './loads.ts';
import { ABOUT_REPORT } from './messages.ts';

export interface Reading {
  load: LoadResult;
  /** Acknowledgements before any report was asked for, and from then on, ms. */
  quiet: number[];
  busy: number[];
}

/**
 * Acknowledgements while `readers` get a report that is not cached: they ask first, and their turns begin `windowMs`
 * later, in the middle of a steady load whose own turns begin when it is over. Resolves when everybody has been answered.
 */
export function createWhileReading(loads: Pick<Loads, 'steady' | 'ask'>) {
  return async function whileReading(given: {
    url: string;
    readers: People;
    writing: People;
    perSecond: number;
    windowMs: number;
  }): Promise<Reading> {
    const { url, readers, writing, perSecond, windowMs } = given;
    const startedAt = performance.now();
    for (let reader = 0; reader < readers.count; reader++) await loads.ask(url, readers.first + reader, ABOUT_REPORT);
    await sleep(windowMs / 2);
    const load = await loads.steady({ url, people: writing, perSecond, seconds: (0.95 * windowMs) / 1000, calm: true });
    const begins = Math.floor(((startedAt + windowMs - load.startedAt) / 1000) * perSecond);
    return { load, quiet: load.acks.slice(0, begins), busy: load.acks.slice(begins) };
  };
}
