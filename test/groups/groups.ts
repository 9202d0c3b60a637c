import { globSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..', '..');

/** Test files that run in a separate process each: they wait for other processes, or change how modules are loaded. */
export const ALONE = [
  'test/{deploy,e2e}/**/*.test.ts',
  'test/sandbox/{demo,interactive,page,scripted-run,service-process}.test.ts',
  'test/scripts/*.test.ts',
  'test/routes/console/page.test.ts',
  'test/src/observability/tracing.integration.test.ts',
];

/** All other test files. One process runs a group: it loads the service once instead of once per file. */
export const GROUPS = {
  conversation: ['test/src/{alerts,conversation,session}/**'],
  fonnte: ['test/src/{charts,config,fonnte,observability,security,spreadsheets,upstream}/**', 'test/src/*'],
  gemini: ['test/src/gemini/*', 'test/src/gemini/{fallback,request,response,tools}/**'],
  grounding: ['test/src/gemini/grounding/!(labeled-answers)'],
  routes: ['test/{plugins,routes}/**', 'test/*'],
  postgres: ['test/src/store/postgres/**'],
  store: ['test/src/store/*', 'test/src/store/sqlite/**'],
  supabase: ['test/src/supabase/**'],
  doctor: ['test/bench/**', 'test/scripts/doctor/**'],
  // Coverage makes the many answers of a corpus take several times as long.
  answers: ['test/sandbox/planner/**', 'test/src/gemini/grounding/labeled-answers'],
  sandbox: ['test/sandbox/*', 'test/sandbox/postgrest/**'],
  security: ['test/{fuzz,security}/**'],
} as const satisfies Record<string, string[]>;
export type GroupName = keyof typeof GROUPS;

/** The test files of a group, as paths in the project folder. */
export function filesOf(group: GroupName): string[] {
  const patterns = GROUPS[group].map((pattern) =>
    pattern.endsWith('**') ? `${pattern}/*.test.ts` : `${pattern}.test.ts`,
  );
  return globSync(patterns, { cwd: ROOT, exclude: ALONE }).sort();
}
