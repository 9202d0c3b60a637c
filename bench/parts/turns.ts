import { median } from '../figures.ts';
import type { MeasuredLoad, Part } from '../part.ts';
import { comparedRow, type Row } from '../results.ts';
import { type Subject, startSubject } from '../subject.ts';
import { ENV, PEOPLE, QUESTIONS, runGroups } from './turns-load.ts';

/** Groups of users in a round and in the warm-up. */
const GROUPS = 4;
const WARM_UP_GROUPS = 4;
const BARE = { BARE_CALLS: 'identify,generate,send' };
type Name = 'ours' | 'naive' | 'bare';

/** Whole turns a second, compared with the naive server and the bare upstream requests. */
export const turns: Part = async (bench) => {
  const { outside, rounds, log } = bench;
  const ours = await startSubject(outside, 'ours', { env: ENV });
  const naive = await startSubject(outside, 'naive');
  const bare = await startSubject(outside, 'bare', { env: BARE });
  const subjects: [Name, Subject][] = Object.entries({ ours, naive, bare }) as [Name, Subject][];
  const loads: LoadsByServer = { ours: [], naive: [], bare: [] };
  for (const [, subject] of subjects) await runGroups(bench, subject, WARM_UP_GROUPS);
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject] of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const load = await runGroups(bench, subject, GROUPS);
      loads[name].push(load);
      log(
        `round ${round + 1}: ${name} ${Math.round(perSecond(load))} turns/s, ${cpuPerTurn(load).toFixed(2)} ms of CPU`,
      );
    }
  }
  for (const [, subject] of subjects) await subject.stop();
  return { title: 'Turns', rows: rowsOf(loads), notes: notesOf(loads) };
};

const perSecond = ({ replies, wallMs }: MeasuredLoad) => (replies.length / wallMs) * 1000;
const cpuPerTurn = ({ replies, cpuMs }: MeasuredLoad) => cpuMs / replies.length;

type LoadsByServer = Record<Name, MeasuredLoad[]>;

function rowsOf({ ours, naive, bare }: LoadsByServer): Row[] {
  const speed = (loads: MeasuredLoad[]) => loads.map(perSecond);
  const cpu = (loads: MeasuredLoad[]) => loads.map(cpuPerTurn);
  return [
    comparedRow('turns, compared with naive', speed(ours), speed(naive), { unit: '/s' }),
    comparedRow('CPU of a turn, compared with naive', cpu(ours), cpu(naive), { unit: 'ms' }),
    comparedRow('turns, compared with bare', speed(ours), speed(bare), { unit: '/s' }),
    comparedRow('CPU of a turn, compared with bare', cpu(ours), cpu(bare), { unit: 'ms' }),
  ];
}

function notesOf({ ours, naive, bare }: LoadsByServer): string[] {
  const cost = (loads: MeasuredLoad[]) =>
    median(loads.map(({ replies, outsideCpuMs }) => outsideCpuMs / replies.length)).toFixed(2);
  return [
    `Upstreams answer at once; ${PEOPLE} people each ask ${QUESTIONS} questions, the next when the reply is seen at FONNTE; ${GROUPS} such groups a round, each of new people, after ${WARM_UP_GROUPS} to warm up. ` +
      "Naive (`bench/naive/`): the owner's plan in one Express handler, everything in memory and inside the request, the same supabase-js and genai, no tools in its request to Gemini. " +
      'Bare (`bench/bare/`): a Fastify route that responds 200 and makes the three requests (user, generateContent with our prompt and tools, send) over undici. ' +
      'Ours has `COALESCE_WINDOW_MS=0`, logs as always, and makes a fourth call, the typing indicator, on every turn (the user is looked up on the first of four). ' +
      `Users and fake upstreams took ${cost(ours)} ms of CPU a turn with ours, ${cost(naive)} ms with naive, ${cost(bare)} ms with bare.`,
  ];
}
