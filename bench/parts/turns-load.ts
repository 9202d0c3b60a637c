import { type Bench, type MeasuredLoad, measureLoad, verifyCalls, verifyLoad } from '../part.ts';
import type { Subject } from '../subject.ts';

/** Number of users and of questions per user; each user waits for each reply. */
export const PEOPLE = 50;
export const QUESTIONS = 4;
/** No delay for further messages: only the work is measured. */
export const ENV = { COALESCE_WINDOW_MS: 0 };

/** Runs several groups of users, one after another, as one measurement. */
export async function runGroups(bench: Bench, subject: Subject, count: number): Promise<MeasuredLoad> {
  const loads: MeasuredLoad[] = [];
  for (let group = 0; group < count; group++) {
    const people = bench.people(PEOPLE);
    const given = { url: subject.url, people, questions: QUESTIONS, rampUpMs: 0 };
    const load = await measureLoad(bench, subject, (outside) => outside.run('converse', given));
    verifyCalls(subject.kind, verifyLoad(subject.kind, load, PEOPLE * QUESTIONS));
    loads.push(load);
  }
  const [first] = loads;
  if (!first) throw new Error('no group');
  const sum = (of: (load: MeasuredLoad) => number) => loads.reduce((total, load) => total + of(load), 0);
  return {
    ...first,
    accepted: sum(({ accepted }) => accepted),
    wallMs: sum(({ wallMs }) => wallMs),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    outsideCpuMs: sum(({ outsideCpuMs }) => outsideCpuMs),
    replies: loads.flatMap(({ replies }) => replies),
  };
}
