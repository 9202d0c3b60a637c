import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { filesOf, type GroupName, ROOT } from './groups.ts';

/** Longest run of one file and of one group on a busy machine, ms. */
const MAX_FILE_MS = 300_000;
const MAX_GROUP_MS = 1_500_000;
/** Time to exit after the last test, ms. */
const MAX_EXIT_MS = 10_000;

let current: Test | undefined;

/** The subtest of the file that is loaded now. */
export function currentFile(): Test {
  if (!current) throw new Error('no file of a group is being loaded');
  return current;
}

/** Runs the test files of a group one after the other; hooks, teardowns and timeouts of a file end with the file. */
export async function runGroup(group: GroupName): Promise<void> {
  t.setTimeout(MAX_GROUP_MS);
  const files = new Map(filesOf(group).map((file) => [pathToFileURL(join(ROOT, file)).href, file]));
  const tap = new URL('running-file.ts', import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'tap' && files.has(context.parentURL ?? '')
        ? { url: `${tap}?${context.parentURL}`, format: 'module-typescript', shortCircuit: true }
        : next(specifier, context),
  });
  for (const [url, file] of files) {
    await t.test(file, { timeout: MAX_FILE_MS }, async (t) => {
      current = t;
      await import(url);
    });
  }
  t.end();
  setTimeout(() => {
    process.stderr.write('a test file left something open\n');
    process.exit(1);
  }, MAX_EXIT_MS).unref();
}
