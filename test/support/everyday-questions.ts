import { readFileSync } from 'node:fs';

/** An everyday question, the calls that are right for it, and what its answer states. */
export interface EverydayQuestion {
  question: string;
  /** What was asked just before. */
  after?: string;
  /** Names, and those arguments that matter; none: SAPA does not hold it. */
  calls: { name: string; args: Record<string, unknown> }[];
  /** `tool:path` into what the last call of that tool returns; -1 is the last of a list. */
  figures?: string[];
  /** What the answer must say where there are no figures to state. */
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

/** The number that `path` leads to. */
export function valueAt(value: unknown, path: string): number {
  const found = path.split('.').reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner.at(Number(key));
    return (inner as Record<string, unknown> | undefined)?.[key];
  }, value);
  return Number(found);
}
