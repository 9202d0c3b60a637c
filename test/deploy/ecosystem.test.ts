import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HEAP_OPTIONS, MALLOC_ARENA_MAX, MIN_NODE } from './facts.ts';
import { installed, oldNode } from './installed.ts';

// Evaluates the configuration alone; pm2.test.ts runs it.

const CONFIG = 'ecosystem.config.cjs';

t.test('a configuration that cannot start the service exits with one sentence', async (t) => {
  const empty = installed(t, { packages: false, build: false });
  const { status, stdout, stderr } = evaluated(process.execPath, empty);
  t.same({ status, stdout }, { status: 1, stdout: '' });
  t.match(stderr, /^\S+server\.js belum ada; jalankan `npm ci`, lalu `npm run build`\.\n$/);
  withStub(empty);
  const { interpreter } = appOf(evaluated(process.execPath, empty));
  t.equal(interpreter, realpathSync(process.execPath), 'the Node of pm2, if new enough');
});

t.test(
  'an old Node without that of the project exits with the command that installs one',
  { skip: oldNode === undefined && 'no Node older than 26 at /usr/local/bin/node or /usr/bin/node' },
  async (t) => {
    const folder = installed(t, { packages: false, build: false });
    withStub(folder);
    const { status, stdout, stderr } = evaluated(String(oldNode), folder);
    t.same({ status, stdout }, { status: 1, stdout: '' });
    t.equal(
      stderr,
      `Node.js ${MIN_NODE} tidak ditemukan di node_modules; jalankan \`npm ci\` di ${realpathSync(folder)}.\n`,
    );
  },
);

t.test('only four variables of the shell reach the service', async (t) => {
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
    MALLOC_ARENA_MAX: MALLOC_ARENA_MAX,
    WHATSAPP_SERVER_PORT: '3013',
    ENV_FILE: '/etc/sapa/uji.env',
  });
});

t.test('the heap options are those of npm start and keep memory below the limit at which pm2 restarts', async (t) => {
  const folder = installed(t, { packages: false, build: false });
  withStub(folder);
  const { node_args } = appOf(evaluated(process.execPath, folder));
  t.same(node_args.slice(0, HEAP_OPTIONS.length), HEAP_OPTIONS, 'the options of npm start');
  const [old, semi] = HEAP_OPTIONS.map((option) => Number(option.split('=')[1]));
  // Three semi-spaces at most are in use at once; code, stacks, SQLite and buffers take about 60 MB.
  t.ok(Number(old) + 3 * Number(semi) + 60 < 200, HEAP_OPTIONS.join(' '));
});

interface AppConfig {
  interpreter: string;
  node_args: string[];
  env: Record<string, string>;
}

interface Evaluated {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Evaluates the configuration; prints the application as JSON, or one sentence on standard error. */
function evaluated(node: string, folder: string, shell: Record<string, string> = {}): Evaluated {
  const print = `process.stdout.write(JSON.stringify(require('./${CONFIG}').apps[0]))`;
  return spawnSync(node, ['-e', print], { cwd: folder, encoding: 'utf8', env: shell });
}

function appOf({ stdout }: Evaluated): AppConfig {
  return JSON.parse(stdout) as AppConfig;
}

/** Creates an empty file in place of the build. */
function withStub(folder: string): void {
  mkdirSync(join(folder, 'dist', 'src'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'src', 'server.js'), '');
}
