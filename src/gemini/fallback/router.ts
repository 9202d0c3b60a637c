import type { AnswerContext, Intent, NextStep, ToolResult } from './intent.ts';
import { BUDGET_INTENTS } from './intents-budget.ts';
import { SCHEDULE_INTENTS } from './intents-schedule.ts';
import type { ParsedQuestion } from './parse-question.ts';

/** The intent of a question; null where it is none of them. The more particular ones are asked first. */
export function matchIntent(asked: ParsedQuestion): Intent | null {
  return (
    [...SCHEDULE_INTENTS.particular, ...BUDGET_INTENTS, ...SCHEDULE_INTENTS.general].find((intent) =>
      intent.matches(asked),
    ) ?? null
  );
}

/** The next step of an intent; one call that failed ends it with an honest sentence. */
export function nextStep(
  intent: Intent,
  asked: ParsedQuestion,
  returned: readonly ToolResult[],
  means: AnswerContext,
): NextStep {
  const failed = returned.find((one) => 'error' in one);
  if (failed) return { text: failed.tooLarge ? means.texts.directTooLarge : means.texts.directUnreachable };
  return intent.step(asked, returned, means);
}
