import { createLoads } from './loads.ts';
import { createQuestions } from './questions.ts';
import { openUpstreams } from './upstreams.ts';

/**
 * The process outside the server under test: simulated users, FONNTE, Gemini and Supabase. Runs the actions of
 * bench/run.ts over IPC, one at a time, and exits with it, together with the guarded servers.
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
  /** Kills this process when the outside process exits. */
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
