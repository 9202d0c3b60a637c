import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { heapOptions, mallocArenas, neededNode, textOf } from './facts.ts';
import { installed, oldNode } from './installed.ts';

// What the configuration says by itself; that pm2 does it stands in pm2.test.ts.

const CONFIG = 'ecosystem.config.cjs';

t.test('what cannot be started is refused with one sentence', async (t) => {
  const empty = installed(t, { packages: false, build: false });
  const { status, stdout, stderr } = evaluated(process.execPath, empty);
  t.same({ status, stdout }, { status: 1, stdout: '' });
  t.match(stderr, /^\S+server\.js belum ada; jalankan `npm ci`, lalu `npm run build`\.\n$/);
  withStub(empty);
  const { interpreter } = appOf(evaluated(process.execPath, empty));
  t.equal(interpreter, realpathSync(process.execPath), 'the Node of pm2, if new enough');
  t.match(textOf(CONFIG), `const NEEDED = ${neededNode()};`, 'which is said in two places');
});

t.test(
  'without its own Node, under an old one, it says how to get it',
  { skip: oldNode === undefined && 'no Node older than 26 at /usr/local/bin/node or /usr/bin/node' },
  async (t) => {
    const folder = installed(t, { packages: false, build: false });
    withStub(folder);
    const { status, stdout, stderr } = evaluated(String(oldNode), folder);
    t.same({ status, stdout }, { status: 1, stdout: '' });
    t.equal(
      stderr,
      `Node.js ${neededNode()} tidak ditemukan di node_modules; jalankan \`npm ci\` di ${realpathSync(folder)}.\n`,
    );
  },
);

t.test('of the shell only what a second instance needs gets in', async (t) => {
  const folder = installed(t, { packages: false, build: false });
  withStub(folder);
  const given = {
    FONNTE_TOKEN: 'token-dari-shell',
    WHATSAPP_SERVER_PORT: '3013',
    ENV_FILE: '/etc/sapa/uji.env',
    TZ: '',
  };
  const { env } = appOf(evaluated(process.execPath, folder, given));
  t.same(env, {
    NODE_ENV: 'production',
    MALLOC_ARENA_MAX: mallocArenas(),
    WHATSAPP_SERVER_PORT: '3013',
    ENV_FILE: '/etc/sapa/uji.env',
  });
});

t.test('the heap is bounded below what pm2 restarts at', async (t) => {
  const [old, semi] = heapOptions().map((option) => Number(option.split('=')[1]));
  // Three semi-spaces at most are in use at once; code, stacks, SQLite and buffers take about 60 MB.
  t.ok(Number(old) + 3 * Number(semi) + 60 < 200, heapOptions().join(' '));
});

interface Evaluated {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** How evaluating the configuration ends: the application on standard output, or a refusal. */
function evaluated(node: string, folder: string, shell: Record<string, string> = {}): Evaluated {
  const print = `process.stdout.write(JSON.stringify(require('./${CONFIG}').apps[0]))`;
  return spawnSync(node, ['-e', print], { cwd: folder, encoding: 'utf8', env: shell });
}

function appOf({ stdout }: Evaluated): { interpreter: string; env: Record<string, string> } {
  return JSON.parse(stdout) as { interpreter: string; env: Record<string, string> };
}

/** A stand-in for what the build would bring. */
function withStub(folder: string): void {
  mkdirSync(join(folder, 'dist', 'src'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'src', 'server.js'), '');
}
