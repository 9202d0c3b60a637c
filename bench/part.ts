import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadResult } from './outside/loads.ts';
import type { Outside } from './outside/remote.ts';
import type { Calls } from './outside/upstreams.ts';
import type { PartResult } from './results.ts';
import type { Subject } from './subject.ts';

/** The tools of a part. */
export interface Bench {
  outside: Outside;
  rounds: number;
  /** @returns users that no other load uses */
  people(count: number): { first: number; count: number };
  log(text: string): void;
}

/** A part of the benchmark. @throws if the measured work failed */
export type Part = (bench: Bench) => Promise<Pick<PartResult, 'title' | 'rows' | 'notes'>>;

/** The result of a load with the CPU time of the server and of the process outside it (users and fake upstreams), ms. */
export interface MeasuredLoad extends LoadResult {
  cpuMs: number;
  outsideCpuMs: number;
  calls: Calls;
}

/** Time after the last reply during which work of the server counts as part of the load. */
const TAIL_MS = 100;

/** Runs a load and measures the CPU time of the server and of the outside process. */
export async function measureLoad(
  { outside }: Pick<Bench, 'outside'>,
  subject: Subject,
  load: (outside: Outside) => Promise<LoadResult>,
): Promise<MeasuredLoad> {
  await outside.run('takeCalls');
  const [before, outsideBefore] = [subject.cpuMs(), outside.cpuMs()];
  const result = await load(outside);
  await sleep(TAIL_MS);
  const [cpuMs, outsideCpuMs] = [subject.cpuMs() - before, outside.cpuMs() - outsideBefore];
  return { ...result, cpuMs, outsideCpuMs, calls: await outside.run('takeCalls') };
}

/** @throws if a request was rejected, a question was lost, or an upstream got an unknown request */
export function verifyLoad<Load extends LoadResult>(what: string, load: Load, accepted?: number): Load {
  const problems = [
    ...Object.entries(load.refused).map(([answer, count]) => `${count} × ${answer}`),
    ...(load.lost > 0 ? [`${load.lost} never answered`] : []),
    ...(load.accepted === 0 ? ['nothing accepted'] : []),
    ...(accepted !== undefined && load.accepted !== accepted ? [`${load.accepted} of ${accepted} accepted`] : []),
    ...('calls' in load && (load.calls as Calls).unknown > 0 ? ['requests with an unknown route'] : []),
  ];
  if (problems.length > 0) throw new Error(`${what}: ${problems.join('; ')}`);
  return load;
}

/** @throws unless each turn made exactly one Gemini request and one send */
export function verifyCalls(what: string, { calls, replies }: MeasuredLoad): void {
  if (calls.generate !== replies.length || calls.send !== replies.length) {
    throw new Error(`${what}: ${replies.length} replies, but ${calls.generate} calls to Gemini, ${calls.send} sends`);
  }
}
