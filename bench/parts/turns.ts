import { median } from '../figures.ts';
import type { Measured, Part } from '../part.ts';
import { compared, type Row } from '../results.ts';
import { type Subject, startSubject } from '../subject.ts';
import { ENV, groups, PEOPLE, QUESTIONS } from './turns-load.ts';
import { profiledTurns } from './turns-profile.ts';

/** Groups of people in a round, and before the first. */
const GROUPS = 4;
const WARM_UP_GROUPS = 4;
const BARE = { BARE_CALLS: 'identify,generate,send' };
/** The least that keeps product.md's promises: a fourth call, and what is stored. The user is looked up on every turn. */
const LEAST = { BARE_CALLS: 'identify,typing,generate,send' };
type Name = 'ours' | 'naive' | 'bare' | 'least';

/** Goal 2: whole turns, against the plan written naively and the bare upstream calls. */
export const turns: Part = async (bench) => {
  const { outside, rounds, say } = bench;
  const ours = await startSubject(outside, 'ours', { env: ENV });
  const naive = await startSubject(outside, 'naive');
  const bare = await startSubject(outside, 'bare', { env: BARE });
  const least = await startSubject(outside, 'least', { env: LEAST });
  const subjects: [Name, Subject][] = Object.entries({ ours, naive, bare, least }) as [Name, Subject][];
  const kept: Kept = { ours: [], naive: [], bare: [], least: [] };
  for (const [, subject] of subjects) await groups(bench, subject, WARM_UP_GROUPS);
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject] of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const load = await groups(bench, subject, GROUPS);
      kept[name].push(load);
      say(
        `round ${round + 1}: ${name} ${Math.round(perSecond(load))} turns/s, ${cpuPerTurn(load).toFixed(2)} ms of CPU`,
      );
    }
  }
  for (const [, subject] of subjects) await subject.stop();
  const profile = await profiledTurns(bench);
  return { title: '2. Turns', rows: rowsOf(kept), notes: [...notesOf(kept), ...profile] };
};

const perSecond = ({ replies, wallMs }: Measured) => (replies.length / wallMs) * 1000;
const cpuPerTurn = ({ replies, cpuMs }: Measured) => cpuMs / replies.length;

type Kept = Record<Name, Measured[]>;

function rowsOf({ ours, naive, bare, least }: Kept): Row[] {
  const speed = (loads: Measured[]) => loads.map(perSecond);
  const cpu = (loads: Measured[]) => loads.map(cpuPerTurn);
  return [
    compared('turns, against (a) naive', speed(ours), speed(naive), { unit: '/s', goal: { at: 'least', value: 2.5 } }),
    compared('CPU of a turn, against (a) naive', cpu(ours), cpu(naive), {
      unit: 'ms',
      goal: { at: 'most', value: 0.4 },
    }),
    compared('turns, against (b) bare', speed(ours), speed(bare), { unit: '/s', goal: { at: 'least', value: 0.5 } }),
    compared('CPU of a turn, against (b) bare', cpu(ours), cpu(bare), { unit: 'ms' }),
    compared('turns of (c) the least, against (a) naive', speed(least), speed(naive), { unit: '/s' }),
    compared('CPU of a turn of (c) the least, against (a) naive', cpu(least), cpu(naive), { unit: 'ms' }),
  ];
}

function notesOf(kept: Kept): string[] {
  const cost = (loads: Measured[]) =>
    median(loads.map(({ replies, outsideCpuMs }) => outsideCpuMs / replies.length)).toFixed(2);
  return [
    `Upstreams answer at once; ${PEOPLE} people each ask ${QUESTIONS} questions, the next when the reply is seen at FONNTE; ${GROUPS} such groups a round, each of new people, after ${WARM_UP_GROUPS} to warm up. ` +
      "(a) `bench/naive/`: the owner's plan in one Express handler, everything in memory and inside the request, the same supabase-js and genai, no tools in its request to Gemini. " +
      '(b) `bench/bare/`: a Fastify route that answers 200 and makes the three calls (user, generateContent with our prompt and tools, send) over undici. ' +
      '(c) the same route with what product.md asks for at the least: the typing indicator as a fourth call, and message, turn, reply and session stored in our store, nothing checked, formatted, logged or limited. ' +
      'Ours has `COALESCE_WINDOW_MS=0`, logs as always, and makes a fourth call, the typing indicator, on every turn (the user is looked up on the first of four). ' +
      `People and stand-ins took ${cost(kept.ours)} ms of CPU a turn with ours, ${cost(kept.naive)} ms with (a), ${cost(kept.bare)} ms with (b).`,
  ];
}
