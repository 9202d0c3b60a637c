import { median, percentile } from '../figures.ts';
import { type MeasuredLoad, measureLoad, type Part, verifyLoad } from '../part.ts';
import { absoluteRow, comparedRow } from '../results.ts';
import { type Kind, startSubject } from '../subject.ts';

/** Concurrent users and questions per user in a round. */
const LOAD_LEVELS = [
  { people: 1, questions: 6 },
  { people: 10, questions: 4 },
  { people: 100, questions: 4 },
];
/**
 * Response time of Gemini and interval in which users start, so that 100 conversations do not saturate a core; ms. Longer than
 * the coalescing window, as real models are: a reply that is ready earlier waits for the end of the window.
 */
const GEMINI_MS = 1_000;
/** Goals of the time that the service adds, ms, and of its ratio to the bare upstream calls. */
const GOALS = { p50Ms: 50, p95Ms: 150, ratio: 3 };
type Name = Extract<Kind, 'ours' | 'bare'>;
const SUBJECTS: Record<Name, Record<string, string | number>> = {
  ours: { MAX_CONCURRENT_TURNS: 1_000, RATE_LIMIT_PER_MINUTE: 1_000 },
  bare: { BARE_CALLS: 'identify,generate,send' },
};

/** Time to the reply minus the time of the upstreams. */
export const reply: Part = async (bench) => {
  const { outside, rounds, log } = bench;
  await outside.run('delays', { gemini: GEMINI_MS });
  const ours = await startSubject(outside, 'ours', { env: SUBJECTS.ours });
  const bare = await startSubject(outside, 'bare', { env: SUBJECTS.bare });
  const loadsByLevel = LOAD_LEVELS.map((): Record<Name, MeasuredLoad[]> => ({ ours: [], bare: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, level] of LOAD_LEVELS.entries()) {
      for (const subject of round % 2 === 0 ? [ours, bare] : [bare, ours]) {
        const people = bench.people(level.people);
        const given = { url: subject.url, people, questions: level.questions, rampUpMs: GEMINI_MS };
        const load = await measureLoad(bench, subject, (outside) => outside.run('converse', given));
        verifyLoad(`${subject.kind}, ${level.people} at once`, load, level.people * level.questions);
        // Round 0 is a warm-up.
        if (round >= 0) loadsByLevel[index]?.[subject.kind as Name].push(load);
        log(`round ${round + 1}: ${level.people} at once, ${subject.kind} adds ${addedMs(load, 0.5).toFixed(2)} ms`);
      }
    }
  }
  await ours.stop();
  await bare.stop();
  const all = loadsByLevel.flatMap(({ ours }) => ours);
  const cost = median(all.map(({ replies, outsideCpuMs }) => outsideCpuMs / replies.length)).toFixed(2);
  return {
    title: 'Reply time beyond the model',
    rows: loadsByLevel.flatMap(({ ours, bare }, index) => {
      const name = `${LOAD_LEVELS[index]?.people} at once`;
      const at = (loads: MeasuredLoad[], share: number) => loads.map((load) => addedMs(load, share));
      const most = (value: number) => ({ at: 'most', value }) as const;
      return [
        absoluteRow(`added, p50, ${name}`, at(ours, 0.5), 'ms', most(GOALS.p50Ms)),
        absoluteRow(`added, p95, ${name}`, at(ours, 0.95), 'ms', most(GOALS.p95Ms)),
        comparedRow(`added, p50, ${name}, compared with bare`, at(ours, 0.5), at(bare, 0.5), {
          unit: 'ms',
          goal: most(GOALS.ratio),
        }),
        comparedRow(`CPU of a question, ${name}`, ours.map(cpu), bare.map(cpu), { unit: 'ms' }),
      ];
    }),
    notes: [
      `Added is the time from a question being sent to its reply being in at FONNTE, minus the time of its requests at the fake upstreams (measured there). Gemini takes ${GEMINI_MS} ms, ` +
        'the rest answers at once; each user asks the next question when the reply is seen. Ours has the default `COALESCE_WINDOW_MS`; the bare route makes the three upstream requests over undici. ' +
        `Questions of one person, in a round: ${LOAD_LEVELS.map(({ people, questions }) => `${questions} with ${people} at once`).join(', ')}. Users and fake upstreams took ${cost} ms of CPU a question.`,
    ],
  };
};

function addedMs({ replies }: MeasuredLoad, share: number): number {
  return percentile(
    replies.map(({ ms, upstreamMs }) => ms - upstreamMs),
    share,
  );
}

function cpu({ cpuMs, replies }: MeasuredLoad): number {
  return cpuMs / replies.length;
}
