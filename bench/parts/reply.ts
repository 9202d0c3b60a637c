import { median, percentile } from '../figures.ts';
import { type Measured, measured, type Part, sound } from '../part.ts';
import { absolute, compared } from '../results.ts';
import { type Kind, startSubject } from '../subject.ts';

/** Concurrent users and questions per user in a round. */
const CROWDS = [
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
  const { outside, rounds, say } = bench;
  await outside.do('delays', { gemini: GEMINI_MS });
  const ours = await startSubject(outside, 'ours', { env: SUBJECTS.ours });
  const bare = await startSubject(outside, 'bare', { env: SUBJECTS.bare });
  const kept = CROWDS.map((): Record<Name, Measured[]> => ({ ours: [], bare: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, crowd] of CROWDS.entries()) {
      for (const subject of round % 2 === 0 ? [ours, bare] : [bare, ours]) {
        const people = bench.people(crowd.people);
        const given = { url: subject.url, people, questions: crowd.questions, spreadMs: GEMINI_MS };
        const load = await measured(bench, subject, (outside) => outside.do('converse', given));
        sound(`${subject.kind}, ${crowd.people} at once`, load, crowd.people * crowd.questions);
        // Round 0 is a warm-up.
        if (round >= 0) kept[index]?.[subject.kind as Name].push(load);
        say(`round ${round + 1}: ${crowd.people} at once, ${subject.kind} adds ${added(load, 0.5).toFixed(2)} ms`);
      }
    }
  }
  await ours.stop();
  await bare.stop();
  const all = kept.flatMap(({ ours }) => ours);
  const cost = median(all.map(({ replies, outsideCpuMs }) => outsideCpuMs / replies.length)).toFixed(2);
  return {
    title: 'Reply time beyond the model',
    rows: kept.flatMap(({ ours, bare }, index) => {
      const name = `${CROWDS[index]?.people} at once`;
      const at = (loads: Measured[], share: number) => loads.map((load) => added(load, share));
      const most = (value: number) => ({ at: 'most', value }) as const;
      return [
        absolute(`added, p50, ${name}`, at(ours, 0.5), 'ms', most(GOALS.p50Ms)),
        absolute(`added, p95, ${name}`, at(ours, 0.95), 'ms', most(GOALS.p95Ms)),
        compared(`added, p50, ${name}, compared with bare`, at(ours, 0.5), at(bare, 0.5), {
          unit: 'ms',
          goal: most(GOALS.ratio),
        }),
        compared(`CPU of a question, ${name}`, ours.map(cpu), bare.map(cpu), { unit: 'ms' }),
      ];
    }),
    notes: [
      `Added is the time from a question being sent to its reply being in at FONNTE, minus the time of its requests at the fake upstreams (measured there). Gemini takes ${GEMINI_MS} ms, ` +
        'the rest answers at once; everybody asks the next question when the reply is seen. Ours has the default `COALESCE_WINDOW_MS`; the bare route makes the three upstream requests over undici. ' +
        `Questions of one person, in a round: ${CROWDS.map(({ people, questions }) => `${questions} with ${people} at once`).join(', ')}. Users and fake upstreams took ${cost} ms of CPU a question.`,
    ],
  };
};

function added({ replies }: Measured, share: number): number {
  return percentile(
    replies.map(({ ms, heldMs }) => ms - heldMs),
    share,
  );
}

function cpu({ cpuMs, replies }: Measured): number {
  return cpuMs / replies.length;
}
