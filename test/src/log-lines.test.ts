import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createLogLines } from '../../src/log-lines.ts';

function openFile(t: Test, path: string): number {
  const fd = openSync(path, 'a');
  t.teardown(() => closeSync(fd));
  return fd;
}

t.test('the lines of one tick are one write, in their order, at its end', async (t) => {
  const path = join(t.testdir({}), 'log');
  const lines = createLogLines(openFile(t, path));
  for (let line = 0; line < 100; line++) lines.write(`${line} é\n`);
  t.equal(readFileSync(path, 'utf8'), '');
  await nextTick();
  t.equal(readFileSync(path, 'utf8'), Array.from({ length: 100 }, (_, line) => `${line} é\n`).join(''));
  lines.write('later\n');
  await nextTick();
  t.match(readFileSync(path, 'utf8'), /99 é\nlater\n$/);
});

t.test('a tick that says a great deal loses none of it', async (t) => {
  const path = join(t.testdir({}), 'log');
  const lines = createLogLines(openFile(t, path));
  const line = `${'x'.repeat(999)}\n`;
  for (let count = 0; count < 5_000; count++) lines.write(line);
  await nextTick();
  t.equal(readFileSync(path, 'utf8').length, 5_000 * line.length);
});

t.test('where nothing can be written the service goes on, and keeps a bounded number of lines', async (t) => {
  const lines = createLogLines(openFile(t, '/dev/full'));
  for (let count = 0; count < 3; count++) {
    for (let line = 0; line < 2_000; line++) lines.write(`${'x'.repeat(999)}\n`);
    await nextTick();
  }
  t.pass('nothing was thrown');
});

t.test('a pipe whose reader is slow holds nobody up, and loses no line', async (t) => {
  const script = `
    import { createLogLines } from ${JSON.stringify(join(import.meta.dirname, '../../src/log-lines.ts'))};
    const lines = createLogLines();
    for (let count = 0; count < 2_000; count++) lines.write('x'.repeat(199) + '\\n');
    // The lines are far more than a pipe holds. Nobody reads them until this is said.
    setImmediate(() => setImmediate(() => process.stderr.write('free')));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const [said] = await once(child.stderr, 'data');
  t.equal(String(said), 'free');
  let written = '';
  for await (const text of child.stdout.setEncoding('utf8')) written += text;
  t.equal(written.length, 2_000 * 200);
});

t.test('what was said before the process ends is written', async (t) => {
  const script = `
    import { createLogLines } from ${JSON.stringify(join(import.meta.dirname, '../../src/log-lines.ts'))};
    createLogLines().write('last words\\n');
    process.exit(3);
  `;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  t.equal(stdout, 'last words\n');
  t.equal(status, 3);
});
