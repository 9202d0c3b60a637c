import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';

const root = resolve(import.meta.dirname, '..', '..');

const ADD = 'export interface Pair { a: number; b: number }\nexport const add = ({ a, b }: Pair) => a + b;\n';
const PASSING = `import t from 'tap';
import { add } from '../src/add.ts';
t.test('adds', async (t) => {
  await t.test('within', async (t) => t.equal(add({ a: 1, b: 2 }), 3));
  t.equal(add({ a: 0, b: 0 }), 0);
});
t.test('later', { skip: 'no chromium here' }, async () => {});
`;

const FAILING = `import t from 'tap';
t.test('is fine', async (t) => t.ok(true, 'quiet'));
t.test('is wrong', async (t) => {
  await t.test('deep within', async (t) => t.equal('seven', 'eight', 'numbers agree'));
});
t.equal('bare', 'naked', 'an assertion of its own');
`;
const CRASHING = `import t from 'tap';
t.test('is fine until', async (t) => t.ok(true));
process.on('exit', () => { process.exitCode = 7; });
`;
const SKIPPING = `import t from 'tap';
import { add } from '../src/add.ts';
t.test('never', { skip: 'not today' }, async (t) => t.equal(add({ a: 0, b: 0 }), 0));
`;

t.test('npm test counts, covers, explains, and ends with the plain line that its exit code agrees with', async (t) => {
  const project = scratchProject(t);
  project.write('src/add.ts', ADD);
  project.write('src/shape.ts', '// Types alone need no cover.\nexport interface Shape { sides: number }\n');
  project.write('test/passing.test.ts', PASSING);
  const good = await project.test();
  t.equal(closingLine(good.said), '1 passed, 0 failed, 1 skipped');
  t.match(good.said, /^ok 1 - test\/passing\.test\.ts/m);
  t.match(good.said, /^Skipped: later \(no chromium here\)$/m);
  t.match(good.said, /^Coverage of src\/, plugins\/, routes\/: 100\.0 % of lines, 100\.0 % of branches\.$/m);
  t.equal(good.code, 0);

  project.write('routes/unseen.ts', 'export const unseen = () => 1;\n'.repeat(2));
  project.write('test/failing.test.ts', FAILING);
  project.write('test/crashing.test.ts', CRASHING);
  project.write('test/broken.test.ts', "import './missing.ts';\n");
  const bad = await project.test();
  t.equal(closingLine(bad.said), '3 passed, 4 failed, 1 skipped');
  t.match(bad.said, /not ok 1 - numbers agree[\s\S]*-eight\s+\+seven/, 'the failed assertion with its difference');
  t.match(bad.said, /not ok 3 - an assertion of its own[\s\S]*-naked\s+\+bare/);
  t.match(bad.said, /^not ok \d - test\/failing\.test\.ts/m);
  t.notMatch(bad.said, /^ +ok /m, 'nothing of what passed');
  t.match(bad.said, /^not ok \d - test\/crashing\.test\.ts[\s\S]*exitCode: 7/m);
  t.match(bad.stderr, /missing\.ts/, 'why a file did not load');
  t.match(bad.said, /: 50\.0 % of lines/, 'a file that no test loads counts');
  t.match(bad.said, /^ {2}routes\/unseen\.ts: 2 lines, 0 branches$/m);
  t.match(bad.said, /^Coverage is under the bar: 95 % of lines, 90 % of branches\.$/m);
  t.equal(bad.code, 1);

  project.write('test/skipping.test.ts', SKIPPING);
  const none = await project.test('test/skipping.test.ts');
  t.equal(closingLine(none.said), '0 passed, 0 failed, 1 skipped', 'the arguments are passed on');
  t.match(none.said, /^No test ran\.$/m);
  t.notMatch(none.said, /under the bar/, 'a part of the tests is not asked for coverage');
  t.equal(none.code, 1);
});

/** An empty project with our test command, gone with the test. */
function scratchProject(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'sapa-npm-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['package.json', '.taprc', 'node-version.cjs', 'scripts']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const write = (path: string, content: string) => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const test = async (...args: string[]) => {
    const child = spawn('npm', ['test', '--silent', '--', ...args], { cwd: folder, env: environment() });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, said: stdout, stderr };
  };
  return { write, test };
}

/** Ours without what tap hands on to the processes of its own run. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(_?TAP|NODE_OPTIONS$)/.test(name)));
}

function closingLine(said: string): string | undefined {
  return said.trimEnd().split('\n').at(-1);
}
