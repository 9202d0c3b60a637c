import { median } from './figures.ts';

/** What a piece of work takes in this process, ms. */
export interface Timed {
  /** Median of its runs. */
  wallMs: number;
  /** Mean of its runs: user and system time, garbage collection included. */
  cpuMs: number;
}

/** Runs `work` so many times, one after another. */
export async function timed(times: number, work: () => unknown): Promise<Timed> {
  const wall: number[] = [];
  const before = process.cpuUsage();
  for (let run = 0; run < times; run++) {
    const from = performance.now();
    await work();
    wall.push(performance.now() - from);
  }
  const { user, system } = process.cpuUsage(before);
  return { wallMs: median(wall), cpuMs: (user + system) / 1000 / times };
}
