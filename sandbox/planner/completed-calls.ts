import type { Content } from '../gemini-types.ts';

/** A function call with its response. */
export interface CompletedCall {
  name: string;
  args: Record<string, unknown>;
  response: Record<string, unknown>;
}

/** Pairs function calls with their responses: by id, or by order when an id is missing. */
export function findCompletedCalls(contents: readonly Content[]): CompletedCall[] {
  const parts = contents.flatMap((content) => content.parts ?? []);
  const responses = parts.flatMap(({ functionResponse }) => (functionResponse ? [functionResponse] : []));
  return parts.flatMap(({ functionCall }) => {
    if (!functionCall) return [];
    const { id, name, args = {} } = functionCall;
    const index = responses.findIndex((one) => one.name === name && (id === undefined || one.id === id));
    if (index < 0) return [];
    const [found] = responses.splice(index, 1);
    return [{ name, args, response: found?.response ?? {} }];
  });
}

/**
 * Parses completed calls in the data of a request: JSON objects with name, arguments and result of a function
 * (`response`, `result` or `output`), a single one, an array or one per line; or lines such as `name {arguments}: {result}`.
 */
export function findCallsInData(data: readonly string[], functionNames: readonly string[]): CompletedCall[] {
  return data
    .flatMap((block) => jsonValues(block) ?? block.split('\n').flatMap((line) => jsonValues(line) ?? namedResult(line)))
    .flatMap((value) => toCompletedCall(value))
    .filter(({ name }) => functionNames.includes(name));
}

function jsonValues(text: string): unknown[] | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value : [value];
  } catch {
    return undefined;
  }
}

/** `budget_summary {}: {"sisa":1}` or `budget_summary({}) = {"sisa":1}` */
function namedResult(line: string): unknown[] {
  const [, name, args = '{}', output] = /(\w+)\s*\(?(\{.*?\})?\)?\s*(?:[:=]|->|→)\s*(\{.*\})\s*$/.exec(line) ?? [];
  const [given] = jsonValues(args) ?? [];
  const [result] = output === undefined ? [] : (jsonValues(output) ?? []);
  return result === undefined ? [] : [{ name, args: given, result }];
}

function toCompletedCall(value: unknown): CompletedCall[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, tool, args, response, result, output, error } = value as Record<string, unknown>;
  const called = name ?? tool;
  if (typeof called !== 'string') return [];
  const returned = error === undefined ? { output: response ?? result ?? output } : { error };
  return [{ name: called, args: (args ?? {}) as Record<string, unknown>, response: returned }];
}
