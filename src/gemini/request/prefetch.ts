import type { Events } from '../../events.ts';
import { stripInvisibleDeep } from '../../security/untrusted-text.ts';
import type { Day } from '../../supabase/calendar.ts';
import { isOnlyThanks } from '../courtesy.ts';
import { MAX_PLANNED_CALLS, planNextCalls, planToolCalls } from '../fallback/plan-tool-calls.ts';
import type { ToolCall } from '../fallback/question/intent-types.ts';
import { asksAboutSchedule } from '../tools/activity-context.ts';
import type { ToolData, ToolEvidence } from '../tools/results.ts';
import type { ToolContext, ToolRecords, Tools } from '../tools/tools.ts';

/** A successful tool call that the service made before the first request. */
export interface PrefetchedCall {
  name: string;
  args: Record<string, unknown>;
  result: object;
}

/** The data that is read before the first request. */
export interface Prefetched {
  /** The calls that succeeded in time, in the order of the plan. */
  calls: PrefetchedCall[];
  /** The user's schedule as text. Null: the question does not concern it, calls are planned, or it took too long. */
  schedule: string | null;
}

/** Maximum time of a prefetch, ms. A slower read costs more than another request to the model. */
const MAX_PREFETCH_MS = 1_500;
/** A prefetch takes at most this share of the time left until the turn's deadline. */
const MAX_SHARE_OF_TIME_LEFT = 0.25;

/**
 * Creates `prefetch`: reads the data that a question plainly needs, all at the same time. A call that fails or takes too long
 * is left out; its read continues, and a call of the model joins it. Records the figures and the evidence of the others.
 * @throws only the abort reason of the turn
 */
export function createPrefetch({ tools, events }: { tools: Tools; events: Events }) {
  return async function prefetch(
    question: { text: string; today: Day; lists: readonly ToolEvidence[]; deadlineAt: number },
    context: ToolContext,
  ): Promise<Prefetched> {
    if (isOnlyThanks(question.text)) return { calls: [], schedule: null };
    const planned = planToolCalls(question.text, question);
    const needsSchedule = planned.length === 0 && asksAboutSchedule(question.text);
    if (planned.length === 0 && !needsSchedule) return { calls: [], schedule: null };
    const leftMs = (question.deadlineAt - performance.now()) * MAX_SHARE_OF_TIME_LEFT;
    const limit = Promise.withResolvers<null>();
    const timer = setTimeout(() => limit.resolve(null), Math.min(MAX_PREFETCH_MS, leftMs));
    try {
      const [schedule, ...calls] = await Promise.all([
        needsSchedule ? readSchedule(context, limit.promise) : null,
        ...planned.map((call) => runCall(call, context, limit.promise)),
      ]);
      const completed = calls.filter((call) => call !== null);
      for (const { records } of [...(schedule ? [schedule] : []), ...completed]) addRecords(context, records);
      const first = completed.map(({ call }) => call);
      const next = first.length < planned.length ? [] : await runNextCalls(question, first, context, limit.promise);
      return { schedule: schedule?.text ?? null, calls: [...first, ...next] };
    } finally {
      clearTimeout(timer);
    }
  };

  /** Runs the calls that depend on the results of the first ones, for example the calculation of a projection. */
  async function runNextCalls(
    { text, today }: { text: string; today: Day },
    first: readonly PrefetchedCall[],
    context: ToolContext,
    limit: Promise<null>,
  ): Promise<PrefetchedCall[]> {
    const calls: PrefetchedCall[] = [];
    for (;;) {
      const results = [...first, ...calls].map(({ result }) => result);
      const planned = planNextCalls(text, { today }, results);
      if (planned.length === 0 || results.length + planned.length > MAX_PLANNED_CALLS) return calls;
      for (const each of planned) {
        const completed = await runCall(each, context, limit);
        if (!completed) return calls;
        addRecords(context, completed.records);
        calls.push(completed.call);
      }
    }
  }

  async function readSchedule(context: ToolContext, limit: Promise<null>) {
    const records = newRecords();
    const text = await Promise.race([tools.activityContext(context, records), limit]);
    return text === null ? null : { text, records };
  }

  async function runCall({ name, args }: ToolCall, context: ToolContext, limit: Promise<null>) {
    const records = newRecords();
    const startedAt = performance.now();
    const outcome = await Promise.race([tools.run({ name, args }, context, records), limit]);
    const durationMs = Math.round(performance.now() - startedAt);
    events.emit({
      type: 'tool.prefetched',
      tool: name,
      outcome: outcome === null ? 'slow' : outcome.ok ? 'ok' : 'failed',
      durationMs,
    });
    if (!outcome?.ok) return null;
    // Many people write rows in SAPA: remove the characters that readers cannot see before the model gets them.
    return { records, call: { name, args, result: stripInvisibleDeep(outcome.result) } satisfies PrefetchedCall };
  }
}

function newRecords() {
  return {
    figures: new Set<number>(),
    evidence: [] as ToolEvidence[],
    schedules: [] as object[],
    data: [] as ToolData[],
  } satisfies ToolRecords;
}

function addRecords(context: ToolContext, { figures, evidence, schedules, data }: Required<ToolRecords>): void {
  for (const figure of figures) context.figures.add(figure);
  context.evidence?.push(...evidence);
  context.schedules?.push(...schedules);
  context.data?.push(...data);
}
