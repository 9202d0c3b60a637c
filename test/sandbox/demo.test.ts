import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { waitUntil } from '../support/wait.ts';

t.setTimeout(300_000);

/** Starts the demo as `npm run demo` does, with a separate temporary folder. */
function start(test: Test, args: string[] = []) {
  const folder = scratchFolder(test);
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['-r', './node-version.cjs', 'sandbox/demo.ts', ...args], {
    env: { PATH, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  test.teardown(() => child.kill('SIGKILL'));
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
    });
  }
  return { child, output, leftovers: () => readdirSync(folder).filter((name) => name.startsWith('sapa-demo-')) };
}

/** Waits for the printed URLs. @returns the URLs of page and service and the pid of the service */
async function ready({ child, output }: { child: ChildProcess; output: { text: string } }) {
  await waitUntil(`ready\n${output.text}`, () => output.text.includes('Ctrl-C') || child.exitCode !== null);
  const [, page = ''] = /Halaman +(http:\S+)/.exec(output.text) ?? [];
  const [, service = ''] = /Layanan +(http:\S+)/.exec(output.text) ?? [];
  const response = await fetch(`${page}/api/stream`);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes('\n\n')) break;
  }
  return { page, service, pid: Number(/"pid":(\d+)/.exec(text)?.[1]) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has already exited.
    return !existsSync(`/proc/${pid}`) || existsSync(`/proc/${pid}/exe`);
  } catch {
    return false;
  }
}

t.test('the demo uses the next free ports if 3003 and 3004 are in use, and Ctrl-C stops everything', async (t) => {
  for (const port of [3003, 3004]) {
    const server = createServer().listen(port, '127.0.0.1');
    // Another process may already use the port; that is equivalent.
    await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => undefined);
    t.teardown(() => server.close());
  }
  const demo = start(t);
  const { page, service, pid } = await ready(demo);
  const ports = [page, service].map((url) => Number(new URL(url).port));
  t.ok(
    ports.every((port) => port > 3004),
    `${ports}`,
  );
  const health = await fetch(`${service}/api/health`);
  t.match(await health.json(), { status: 'healthy' }, `${service} answered ${health.status}`);
  t.match(demo.output.text, /model tiruan berbasis aturan/);
  const [, secret] = /WEBHOOK_SECRET_KEY=(\S+) ADMIN_API_KEY=\S{16,}/.exec(demo.output.text) ?? [];
  const called = await fetch(`${service}/webhook/whatsapp?secret=${secret}`, { method: 'POST' });
  t.equal(called.status, 200, 'the printed keys are those of the service');
  t.equal(demo.leftovers().length, 1);
  demo.child.kill('SIGINT');
  const [code] = (await once(demo.child, 'exit')) as [number | null];
  t.equal(code, 0);
  t.notOk(isAlive(pid), 'the service has exited');
  t.same(demo.leftovers(), [], 'its data is deleted');
});

t.test('killing the demo also kills the service and deletes its data', async (t) => {
  const demo = start(t);
  const { pid } = await ready(demo);
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
  t.ok(isAlive(pid));
  demo.child.kill('SIGKILL');
  await waitUntil('the service ends', () => !isAlive(pid));
  await waitUntil('its folder goes', () => demo.leftovers().length === 0);
});

t.test('an interrupted scripted run exits with 130 and deletes its data', async (t) => {
  const demo = start(t, ['--once']);
  await waitUntil('the first scenario', () => demo.output.text.includes('1. '));
  demo.child.kill('SIGINT');
  const [code] = (await once(demo.child, 'exit')) as [number | null];
  t.equal(code, 130);
  t.same(demo.leftovers(), []);
});

t.test('the scripted run exits with 0 if all checks pass', async (t) => {
  const demo = start(t, ['--once']);
  const [code] = (await once(demo.child, 'exit')) as [number | null];
  t.equal(code, 0, code === 0 ? 'exits 0' : demo.output.text);
  t.match(demo.output.text, /^(\d+) dari \1 janji ditepati/m);
});

t.test('an unknown argument prints the usage', async (t) => {
  for (const [argument, expected] of [
    ['--twice', 2],
    ['--help', 0],
  ] as const) {
    const demo = start(t, [argument]);
    const [code] = (await once(demo.child, 'exit')) as [number | null];
    t.equal(code, expected);
    t.match(demo.output.text, /npm run demo -- --once/);
  }
});
