import { BUDGET_INTENTS } from './intents-budget.ts';
import type { Intent, Means, Returned, Step } from './intent.ts';
import type { Asked } from './parse-question.ts';
import { SCHEDULE_INTENTS } from './intents-schedule.ts';

/** The intent of a question; null where it is none of them. The more particular ones are asked first. */
export function intentOf(asked: Asked): Intent | null {
  return (
    [...SCHEDULE_INTENTS.particular, ...BUDGET_INTENTS, ...SCHEDULE_INTENTS.general].find((intent) =>
      intent.meant(asked),
    ) ?? null
  );
}

/** The next step of an intent; one call that failed ends it with an honest sentence. */
export function stepOf(intent: Intent, asked: Asked, returned: readonly Returned[], means: Means): Step {
  const failed = returned.find((one) => 'error' in one);
  if (failed) return { text: failed.tooLarge ? means.texts.directTooLarge : means.texts.directUnreachable };
  return intent.next(asked, returned, means);
}
