import type { ServiceLine } from './service-process.ts';
import { formatDuration } from './timeline-event.ts';

/** The steps of a turn, in the order in which they are shown. */
const STEPS = ['data', 'model', 'kirim'] as const;
type Step = (typeof STEPS)[number];
const STEP_BY_EVENT: Readonly<Record<string, Step>> = {
  'tool.prefetched': 'data',
  'tool.called': 'data',
  'model.called': 'model',
  'part.sent': 'kirim',
};
type Steps = { requests: number; ms: Record<Step, number> };
/** Turns that are observed at the same time; the oldest are dropped. */
const MAX_TURNS = 200;

/**
 * Sums up the steps of each turn from the log of the service. `add` returns the summary with the line that ends a turn:
 * `1 permintaan ke model · data 40 ms · model 1,2 s · kirim 90 ms`; otherwise undefined. Steps that run at the same time add up.
 */
export function createTurnSteps() {
  const turns = new Map<string, Steps>();

  function add({ event, turnId, durationMs }: ServiceLine): string | undefined {
    if (typeof event !== 'string' || typeof turnId !== 'string') return undefined;
    if (event === 'turn.started') {
      turns.set(turnId, turns.get(turnId) ?? { requests: 0, ms: { data: 0, model: 0, kirim: 0 } });
      for (const oldest of [...turns.keys()].slice(0, -MAX_TURNS)) turns.delete(oldest);
    }
    const steps = turns.get(turnId);
    const step = STEP_BY_EVENT[event];
    if (steps && step) {
      steps.ms[step] += Number(durationMs);
      if (step === 'model') steps.requests += 1;
    }
    if (event !== 'turn.finished' || !steps) return undefined;
    turns.delete(turnId);
    const durations = STEPS.filter((each) => steps.ms[each] > 0).map(
      (each) => `${each} ${formatDuration(steps.ms[each])}`,
    );
    return [`${steps.requests} permintaan ke model`, ...durations].join(' · ');
  }

  return { add };
}
