import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import t, { type Test } from 'tap';
import { BREAKS, withBrokenCopy } from '../../scripts/prove/breaks.ts';
import { CHECKS } from '../../scripts/prove/checks.ts';
import { readPromises } from '../../scripts/prove/promises.ts';
import { spawnProcess } from '../support/process.ts';

const root = join(import.meta.dirname, '../..');

/** Runs `npm run prove` as a process. */
async function prove(t: Test, ...args: string[]): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const run = spawnProcess(t, [process.execPath, '-r', './node-version.cjs', 'scripts/prove/main.ts', ...args], {});
  const code = await run.exit;
  return { code, stdout: stripVTControlCharacters(run.stdout()), stderr: run.stderr() };
}

// The runs mostly wait for each other's processes; each takes seconds on a quiet machine.
t.setTimeout(300_000);

t.test('the check of a promise fails in a copy with its guarantee disabled', async (t) => {
  const [fingerprint, reply, figures, binding] = await Promise.all(
    ['fingerprint', 'stored-reply', 'figures', 'user-binding'].map((guarantee) => prove(t, '--break', guarantee)),
  );
  t.match(fingerprint, { code: 0, stdout: /✗ contract.*broken: a message that FONNTE repeats/s });
  t.match(reply, { code: 0, stdout: /✗ kills.*broken: sent twice, and not on the wire at a kill/s });
  t.match(figures, { code: 0, stdout: /✗ figures.*recall: 0 of .*broken: recall 0\.0 %/s });
  t.match(binding, { code: 0, stdout: /✗ isolation.*broken: no argument of any tool reads data of another user/s });
  for (const run of [fingerprint, reply, figures, binding]) t.match(run?.stdout, /The check detects it/);
});

t.test('the check passes in a copy without a disabled guarantee, and the repository is unchanged', async (t) => {
  const { figures } = BREAKS;
  if (!figures) throw new Error('no such guarantee');
  const file = figures.edits[0]?.file ?? '';
  const before = readFileSync(join(root, file), 'utf8');
  t.match(await withBrokenCopy(root, { ...figures, edits: [] }, figures.check), { problems: [] });
  const moved = { ...figures, edits: [{ file, from: 'code that is no longer there', to: '' }] };
  await t.rejects(withBrokenCopy(root, moved, figures.check), /does not contain once/);
  const edited = await withBrokenCopy(root, figures, async (copy) => readFileSync(join(copy, file), 'utf8'));
  t.not(edited, before);
  t.equal(readFileSync(join(root, file), 'utf8'), before);
});

t.test('every check has its promise in README.md, and every promise a check', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  t.same([...readPromises(readme, Object.keys(CHECKS)).keys()], Object.keys(CHECKS));
  t.throws(() => readPromises(readme, ['kills']), /no check for contract/);
  t.throws(() => readPromises(readme.replace('| `kills` |', '| kills |'), Object.keys(CHECKS)), /no promise for kills/);
  for (const guarantee of Object.keys(BREAKS)) t.ok(readme.includes(`\`${guarantee}\``), guarantee);
});

t.test('a wrong command line exits with 2 and prints the usage', async (t) => {
  for (const args of [['nothing'], ['--break', 'nothing']]) {
    t.match(await prove(t, ...args), { code: 2, stderr: /npm run prove -- --break fingerprint\|/ }, args.join(' '));
  }
});
