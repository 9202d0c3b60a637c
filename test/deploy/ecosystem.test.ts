import { realpathSync } from 'node:fs';
import t from 'tap';
import { MIN_NODE } from './facts.ts';
import { installed, oldNode } from './installed.ts';
import { evaluateConfig, parseApp, readMemoryLimits, writeStub } from './pm2-config.ts';

// Evaluates the configuration; pm2.test.ts runs it.

t.test('a configuration that cannot start the service exits with one sentence', async (t) => {
  const empty = installed(t, { packages: false, build: false });
  const { status, stdout, stderr } = evaluateConfig(process.execPath, empty);
  t.same({ status, stdout }, { status: 1, stdout: '' });
  t.match(stderr, /^\S+server\.js belum ada; jalankan `npm ci`, lalu `npm run build`\.\n$/);
  writeStub(empty);
  const { interpreter } = parseApp(evaluateConfig(process.execPath, empty));
  t.equal(interpreter, realpathSync(process.execPath), 'the Node of pm2, if new enough');
});

t.test(
  'an old Node without that of the project exits with the command that installs one',
  { skip: oldNode === undefined && 'no Node older than 26 at /usr/local/bin/node or /usr/bin/node' },
  async (t) => {
    const folder = installed(t, { packages: false, build: false });
    writeStub(folder);
    const { status, stdout, stderr } = evaluateConfig(String(oldNode), folder);
    t.same({ status, stdout }, { status: 1, stdout: '' });
    t.equal(
      stderr,
      `Node.js ${MIN_NODE} tidak ditemukan di node_modules; jalankan \`npm ci\` di ${realpathSync(folder)}.\n`,
    );
  },
);

t.test('only five variables of the shell reach the service', async (t) => {
  const folder = installed(t, { packages: false, build: false });
  writeStub(folder);
  const given = {
    FONNTE_TOKEN: 'token-dari-shell',
    WHATSAPP_SERVER_PORT: '3013',
    ENV_FILE: '/etc/sapa/uji.env',
    DATABASE_URL: 'postgresql://localhost/sapa',
    TZ: '',
  };
  const { env } = parseApp(evaluateConfig(process.execPath, folder, given));
  t.same(env, {
    NODE_ENV: 'production',
    WHATSAPP_SERVER_PORT: '3013',
    ENV_FILE: '/etc/sapa/uji.env',
    DATABASE_URL: 'postgresql://localhost/sapa',
  });
});

t.test('the heap limit is below the memory at which pm2 restarts the service', async (t) => {
  const { heapOptions, maxMemoryMb } = readMemoryLimits(t);
  const [old, semi] = heapOptions.map((option) => Number(option.split('=')[1]));
  // Three semi-spaces at most are in use at once; code, stacks, SQLite, files and buffers take some 150 MB.
  t.ok(Number(old) + 3 * Number(semi) + 150 < maxMemoryMb, heapOptions.join(' '));
});
