/** Number of cases per suite, at least 20,000 in total. `FUZZ_TIMES` multiplies them. */
const CASES_PER_SUITE = {
  'webhook bodies, JSON': 2_400,
  'webhook bodies, form': 1_200,
  'webhook bodies, bytes': 1_600,
  'secrets and signatures': 2_400,
  'admin addresses': 2_400,
  'admin sends': 800,
  connections: 200,
  'phone numbers': 14_000,
} as const;

export type Suite = keyof typeof CASES_PER_SUITE;

const times = Number(process.env.FUZZ_TIMES ?? 1);

/** Total number of cases in CI. */
export const totalCases = Object.values(CASES_PER_SUITE).reduce((sum, cases) => sum + cases, 0);

/** @returns the number of cases of a suite in this run */
export function countCases(suite: Suite): number {
  return Math.ceil(CASES_PER_SUITE[suite] * times);
}

/** @returns the options of fast-check for `cases` in batches, with `FUZZ_SEED` if set */
export function fuzzOptions(suite: Suite, batch = 1): { numRuns: number; seed: number; endOnFailure: boolean } {
  return { numRuns: Math.ceil(countCases(suite) / batch), seed, endOnFailure: process.env.CI !== undefined };
}

/** The seed of the run; printed, so that a failure can be repeated. */
export const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
