import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { waitUntil } from '../support/wait.ts';

/** Starts `npm run demo` as npm does it, with a temporary folder of its own to look into. */
function start(test: Test, args: string[] = []) {
  const folder = scratchFolder(test);
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['-r', './node-version.cjs', 'sandbox/demo.ts', ...args], {
    env: { PATH, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  test.teardown(() => child.kill('SIGKILL'));
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said.text += text;
    });
  }
  return { child, said, leftovers: () => readdirSync(folder).filter((name) => name.startsWith('sapa-demo-')) };
}

/** Waits for the printed addresses; the page's and the service's, and the service's process. */
async function ready({ child, said }: { child: ChildProcess; said: { text: string } }) {
  await waitUntil(`ready\n${said.text}`, () => said.text.includes('Ctrl-C') || child.exitCode !== null);
  const [, page = ''] = /Halaman +(http:\S+)/.exec(said.text) ?? [];
  const [, service = ''] = /Layanan +(http:\S+)/.exec(said.text) ?? [];
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
    // A zombie that nobody has waited for yet has ended all the same.
    return !existsSync(`/proc/${pid}`) || existsSync(`/proc/${pid}/exe`);
  } catch {
    return false;
  }
}

t.test('where 3003 and 3004 are taken the next free ports are used, and Ctrl-C ends everything', async (t) => {
  for (const port of [3003, 3004]) {
    const server = createServer().listen(port, '127.0.0.1');
    // Somebody else may have it already: as good.
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
  t.match(demo.said.text, /model tiruan berbasis aturan/);
  const [, secret] = /WEBHOOK_SECRET_KEY=(\S+) ADMIN_API_KEY=\S{16,}/.exec(demo.said.text) ?? [];
  const called = await fetch(`${service}/webhook/whatsapp?secret=${secret}`, { method: 'POST' });
  t.equal(called.status, 200, 'the keys that it prints are the service’s');
  t.equal(demo.leftovers().length, 1);
  demo.child.kill('SIGINT');
  const [code] = (await once(demo.child, 'exit')) as [number | null];
  t.equal(code, 0);
  t.notOk(isAlive(pid), 'the service has ended');
  t.same(demo.leftovers(), [], 'and nothing that it stored is left');
});

t.test('where the demo itself is killed the service ends too, and takes what it stored along', async (t) => {
  const demo = start(t);
  const { pid } = await ready(demo);
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
  t.ok(isAlive(pid));
  demo.child.kill('SIGKILL');
  await waitUntil('the service ends', () => !isAlive(pid));
  await waitUntil('its folder goes', () => demo.leftovers().length === 0);
});

t.test('the play can be interrupted, and leaves nothing behind', async (t) => {
  const demo = start(t, ['--once']);
  await waitUntil('the first scene', () => demo.said.text.includes('1. '));
  demo.child.kill('SIGINT');
  const [code] = (await once(demo.child, 'exit')) as [number | null];
  t.equal(code, 130);
  t.same(demo.leftovers(), []);
});

t.test('the play exits 0 when all went as promised', async (t) => {
  const demo = start(t, ['--once']);
  const [code] = (await once(demo.child, 'exit')) as [number | null];
  t.equal(code, 0, code === 0 ? 'exits 0' : demo.said.text);
  t.match(demo.said.text, /^(\d+) dari \1 janji ditepati/m);
});

t.test('an argument that is none gets the usage', async (t) => {
  for (const [argument, expected] of [
    ['--twice', 2],
    ['--help', 0],
  ] as const) {
    const demo = start(t, [argument]);
    const [code] = (await once(demo.child, 'exit')) as [number | null];
    t.equal(code, expected);
    t.match(demo.said.text, /npm run demo -- --once/);
  }
});
