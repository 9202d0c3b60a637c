import { readFileSync } from 'node:fs';

/** An everyday question with the expected calls and figures. */
export interface EverydayQuestion {
  question: string;
  /** The previous question. */
  after?: string;
  /** Expected calls with the relevant arguments; empty if SAPA has no such data. */
  calls: { name: string; args: Record<string, unknown> }[];
  /** `tool:path` into the result of the last call of that tool; -1 is the last item of a list. */
  figures?: string[];
  /** Expected text of an answer without figures. */
  says?: string;
}

/** The questions of `test/questions.jsonl`. */
export const everydayQuestions: EverydayQuestion[] = readFileSync(
  new URL('../questions.jsonl', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as EverydayQuestion);

/** @returns the number at `path` */
export function valueAt(value: unknown, path: string): number {
  const found = path.split('.').reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner.at(Number(key));
    return (inner as Record<string, unknown> | undefined)?.[key];
  }, value);
  return Number(found);
}
