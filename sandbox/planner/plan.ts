import type { Call, CompletedCall, Conversation } from './conversation.ts';
import type { Query } from './slots.ts';
import { describeError, describeMissingReport } from './wording.ts';

/** A generator that yields the required calls, receives their outputs and returns the answer (Markdown). */
export type Plan = Generator<Call[], string, unknown[]>;

/** One kind of question. */
export interface Skill {
  name: string;
  fits(query: Query): boolean;
  plan(query: Query, conversation: Conversation): Plan;
}

/** The functions to call next, or the answer. */
export type Move = { calls: Call[] } | { text: string };

/** Requests one call and returns its output. Omits arguments that are undefined, null or false. */
export function* ask<Output>(name: string, args: Record<string, unknown> = {}): Generator<Call[], Output, unknown[]> {
  const [output] = yield [toCall(name, args)];
  return output as Output;
}

/** Requests several calls at once and returns their outputs in the same order. */
export function* askAll<Output>(calls: Call[]): Generator<Call[], Output[], unknown[]> {
  return (yield calls) as Output[];
}

/** Builds a call without empty arguments. */
export function toCall(name: string, args: Record<string, unknown>): Call {
  const given = Object.entries(args).filter(([, value]) => value !== undefined && value !== null && value !== false);
  return { name, args: Object.fromEntries(given) };
}

/**
 * Replays a plan with the completed calls up to the first missing call. Prefetched calls and calls of the model are
 * equivalent.
 */
export function nextMove(plan: Plan, completed: readonly CompletedCall[]): Move {
  let step = plan.next([]);
  while (!step.done) {
    const found = step.value.map((call) => completed.find((one) => answers(one, call)));
    const missing = step.value.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) return { calls: missing };
    const responses = found.map((one) => one?.response ?? {});
    const failed = responses.find((response) => response.error !== undefined);
    if (failed) return { text: describeError(String(failed.error)) };
    const outputs = responses.map((response) => response.output ?? response.result ?? response);
    const without = outputs.find((output) => (output as { report?: unknown }).report === null);
    if (without) return { text: describeMissingReport(without) };
    step = plan.next(outputs);
  }
  return { text: step.value };
}

/** @returns whether a completed call covers another: equal arguments and at least as many rows */
function answers(done: CompletedCall, wanted: Call): boolean {
  const { limit: wantedLimit = 20, ...args } = wanted.args;
  const { limit = 20, ...doneArgs } = done.args;
  const names = new Set([...Object.keys(args), ...Object.keys(doneArgs)]);
  const sameArguments = [...names].every((name) => JSON.stringify(args[name]) === JSON.stringify(doneArgs[name]));
  return done.name === wanted.name && sameArguments && Number(limit) >= Number(wantedLimit);
}
