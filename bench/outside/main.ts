import { createLoads } from './loads.ts';
import { createQuestions } from './questions.ts';
import { openUpstreams } from './upstreams.ts';

/**
 * The process that is everything outside the server under test: the people who write, FONNTE, Gemini and Supabase. Does
 * what bench/run.ts asks for over IPC, one thing at a time, and ends with it, together with the servers it was told of.
 */
const questions = createQuestions();
const upstreams = await openUpstreams(questions);
const loads = createLoads(questions);
const guarded = new Set<number>();

const actions = {
  steady: loads.steady,
  converse: loads.converse,
  urls: () => upstreams.urls,
  delays: upstreams.setDelays,
  takeCalls: () => upstreams.takeCalls(),
  counts: () => questions.counts(),
  /** This process ends with us, however we end. */
  guard: (pid: number) => void guarded.add(pid),
  unguard: (pid: number) => void guarded.delete(pid),
};

export type Actions = typeof actions;

process.on('message', async ({ id, action, given }: { id: number; action: keyof Actions; given: never }) => {
  try {
    process.send?.({ id, result: await actions[action](given) });
  } catch (error) {
    process.send?.({ id, failure: error instanceof Error ? error.stack : String(error) });
  }
});
process.on('disconnect', () => {
  for (const pid of guarded) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  process.exit(0);
});
process.send?.({ ready: true });
