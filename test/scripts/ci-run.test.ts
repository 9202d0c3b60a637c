import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';

const run = resolve(import.meta.dirname, '..', '..', '.ci', 'run');

// `.ci/run` runs with an npm whose output and exit codes the test chooses.
const NPM = `#!/bin/sh
case "$1" in
  ci) exit \${CI_CODE:-0} ;;
  test) echo "\${SAID:-# { total: 3, pass: 3 }}"; exit \${TEST_CODE:-0} ;;
  audit) echo "$SAID"; exit \${AUDIT_CODE:-0} ;;
esac
if [ -n "$MEETING" ]; then
  : > "$MEETING/$$"
  while [ "$(ls "$MEETING" | wc -l)" -lt 2 ]; do sleep 0.05; done
fi
echo "said by $2"
exit \${OTHER_CODE:-0}
`;

const folder = mkdtempSync(join(tmpdir(), 'sapa-ci-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['bin', '.ci']) mkdirSync(join(folder, name));
writeFileSync(join(folder, 'bin', 'npm'), NPM, { mode: 0o755 });
cpSync(run, join(folder, '.ci', 'run'));

async function ci(steps: string[], settings: Record<string, string> = {}) {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`, ...settings };
  const child = spawn('bash', [join(folder, '.ci', 'run'), ...steps], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [said, code] = await Promise.all([text(child.stdout), ended]);
  return { code, said, closing: said.trimEnd().split('\n').at(-1) };
}

t.test('the closing line counts the tests and the other steps', async (t) => {
  t.match(await ci(['types', 'tests', 'lint']), { code: 0, closing: /^5 passed, 0 failed$/ });
  const skipped = await ci(['tests'], { SAID: '# { total: 5, pass: 3, skip: 2 }' });
  t.match(skipped, { code: 0, closing: /^3 passed, 0 failed, 2 skipped$/ });
});

t.test('a failed step ends at its first error, fails the run and does not stop the other steps', async (t) => {
  const { said, ...rest } = await ci(['build', 'tests'], { OTHER_CODE: '3' });
  t.match(rest, { code: 1, closing: /^3 passed, 1 failed$/ });
  t.match(said, /^--- build: FAILED with 3, /m);
});

t.test('failed tests, a failed test command and a run without tests fail the run', async (t) => {
  const failed = await ci(['tests'], { SAID: '# { total: 5, pass: 3, fail: 2 }', TEST_CODE: '1' });
  t.match(failed, { code: 1, closing: /^3 passed, 2 failed$/ });
  t.match(await ci(['tests'], { TEST_CODE: '1' }), { code: 1, closing: /^3 passed, 1 failed$/ });
  t.match(await ci(['tests'], { SAID: 'boom', TEST_CODE: '7' }), { code: 1, closing: /^0 passed, 1 failed$/ });
  const none = await ci(['types', 'tests'], { SAID: '# { total: 2, skip: 2 }' });
  t.match(none, { code: 1, closing: /^1 passed, 1 failed, 2 skipped$/ });
});

t.test('steps of processes run two at a time, and each is printed and counted on its own', async (t) => {
  const MEETING = mkdtempSync(join(folder, 'meeting-'));
  const { said, ...rest } = await ci(['faults', 'demo', 'lint'], { MEETING });
  t.match(rest, { code: 0, closing: /^3 passed, 0 failed$/ });
  t.match(
    said,
    /=== faults\nsaid by test:faults\n--- faults: ok[\s\S]*=== demo\nsaid by demo\n--- demo: ok[\s\S]*=== lint/,
  );
  const failed = await ci(['crash', 'faults', 'demo'], { OTHER_CODE: '3' });
  t.match(failed, { code: 1, closing: /^0 passed, 3 failed$/ });
  t.match(failed.said, /--- crash: FAILED with 3[\s\S]*--- faults: FAILED with 3[\s\S]*--- demo: FAILED with 3/);
});

t.test('a failed install stops the run', async (t) => {
  const { said, ...rest } = await ci(['install', 'types'], { CI_CODE: '1' });
  t.match(rest, { code: 1, closing: /^0 passed, 1 failed$/ });
  t.notMatch(said, /=== types/);
});

t.test('high audit findings fail the run; a registry without an audit skips the step and says so', async (t) => {
  t.match(await ci(['audit']), { code: 0, closing: /^1 passed, 0 failed$/ });
  const found = await ci(['audit'], { AUDIT_CODE: '1', SAID: '{\n  "vulnerabilities": {' });
  t.match(found, { code: 1, closing: /^0 passed, 1 failed$/ });
  const unknown = await ci(['types', 'audit'], { AUDIT_CODE: '1', SAID: '{\n  "message": "405 Method Not Allowed"' });
  t.match(unknown, { code: 0, closing: /^1 passed, 0 failed, 1 skipped$/ });
  t.match(unknown.said, /405 Method Not Allowed[\s\S]*nothing was audited/);
});
