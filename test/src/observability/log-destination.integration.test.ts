import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const modulePath = JSON.stringify(join(import.meta.dirname, '../../../src/observability/log-destination.ts'));
const runScript = (script: string) => ['--input-type=module', '-e', script];

t.test('the process keeps running with a full disk, and exits', async (t) => {
  const script = `
    import { createLogDestination } from ${modulePath};
    const destination = createLogDestination();
    for (let count = 0; count < 10_000; count++) destination.write('x'.repeat(999) + '\\n');
    setTimeout(() => { destination.write('later'); process.exitCode = 3; }, 50);
  `;
  const full = openSync('/dev/full', 'a');
  t.teardown(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, runScript(script), {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
    timeout: 30_000,
  });
  t.equal(stderr, '');
  t.equal(status, 3);
});

t.test('a slow reader does not block the process and receives every line', async (t) => {
  // More lines than a pipe holds; the parent starts to read only after the child has reported on stderr.
  const child = spawn(
    process.execPath,
    runScript(`
      import { createLogDestination } from ${modulePath};
      const destination = createLogDestination();
      for (let count = 0; count < 2_000; count++) destination.write('x'.repeat(199) + '\\n');
      setImmediate(() => setImmediate(() => process.stderr.write('not blocked')));
    `),
  );
  const [report] = await once(child.stderr, 'data');
  t.equal(String(report), 'not blocked');
  let written = '';
  for await (const text of child.stdout.setEncoding('utf8')) written += text;
  t.equal(written.length, 2_000 * 200);
});

t.test('lines written just before the process exits are not lost', async (t) => {
  const script = `
    import { createLogDestination } from ${modulePath};
    createLogDestination().write('last line\\n');
    process.exit(3);
  `;
  const { stdout, status } = spawnSync(process.execPath, runScript(script), { encoding: 'utf8' });
  t.equal(stdout, 'last line\n');
  t.equal(status, 3);
});
