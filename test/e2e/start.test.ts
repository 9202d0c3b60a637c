import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configSchema } from '../../src/config/schema.ts';
import { type FakeUpstreams, LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { post } from '../support/http.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { isGroupRunning, spawnProcess } from '../support/process.ts';
import { environmentOf, SECRET } from '../support/service.ts';

/** Maximum time of any step on a busy machine. */
const STEP_TIMEOUT_MS = 60_000;
/** Makes the process write the URL of each module of OpenTelemetry's SDK that it loads to standard error. */
const REPORT_TRACING = `--import=data:text/javascript,${encodeURIComponent(
  'import { registerHooks } from "node:module"; registerHooks({ load(url, context, next) {' +
    ' if (url.includes("@opentelemetry/sdk")) process.stderr.write(url + "\\n"); return next(url, context); } });',
)}`;
const NODE: [string, ...string[]] = [process.execPath, '-r', './node-version.cjs', 'src/server.ts'];

/** The first Node on this machine that is too old for the service. */
const oldNode = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path) && majorOf(path) < 26);

t.test('npm start answers a message, and SIGTERM to npm stops the service with exit code 0', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const given = { ...settings(upstreams, scratchFolder(t)), NODE_OPTIONS: REPORT_TRACING };
  const service = spawnProcess(t, ['npm', 'start'], given);
  const webhook = `${await service.url()}/webhook/whatsapp?secret=${SECRET}`;
  t.equal((await upstreams.fonnte.waitForRequest(({ path }) => path === '/device', STEP_TIMEOUT_MS)).method, 'POST');
  upstreams.gemini.scriptResponses([{ text: 'Halo dari proses sendiri' }]);
  const delivery = upstreams.fonnte.deliver(
    webhook,
    upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }),
  );
  const sent = await upstreams.fonnte.waitForSent(({ target }) => target === LINKED, STEP_TIMEOUT_MS);
  t.equal(sent.message, 'Halo dari proses sendiri');
  t.same((await delivery).statuses, [200]);
  await service.waitForLog(({ event }) => event === 'turn.finished');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 0);
  t.notOk(isGroupRunning(service.child), 'nothing of it is left running');
  t.ok(service.stdout().includes('"reason":"SIGTERM"'));
  t.notOk(service.stdout().includes(LINKED), 'the number is masked in the log');
  t.notMatch(service.stderr(), /@opentelemetry\/sdk/, 'traces are not loaded while they are disabled');
});

t.test('npm start lists all missing and invalid settings in one message and exits with 1', async (t) => {
  const service = spawnProcess(t, ['npm', 'start'], { MAX_INBOX: 'banyak', CORS_ORIGINS: 'x' });
  t.equal(await service.exit, 1);
  const required = [
    'MAX_INBOX',
    'CORS_ORIGINS',
    'FONNTE_TOKEN',
    'WEBHOOK_SECRET_KEY',
    'SUPABASE_URL',
    'SUPABASE_SERVICE_ROLE_KEY',
    'GEMINI_API_KEY',
  ];
  const printed = service.stderr();
  t.match(printed, /^Konfigurasi belum lengkap atau keliru:$/m);
  for (const name of required) t.match(printed, new RegExp(`^ {2}- ${name} .*\\S`, 'm'), name);
  const others = Object.keys(configSchema.properties).filter((name) => !required.includes(name));
  t.same(
    others.filter((name) => printed.includes(`- ${name} `)),
    [],
    'and nothing that has a default',
  );
  t.notMatch(printed, /^\s+at /m, 'no stack trace');
});

t.test('a byte-order mark in .env and quotes in the process environment change no value', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const folder = scratchFolder(t);
  const ENV_FILE = join(folder, '.env');
  writeFileSync(ENV_FILE, '\uFEFFWEBHOOK_ALLOWED_IPS=203.0.113.7\r\nORGANIZATION_NAME=Contoh\r\n');
  const given = Object.entries({ ...settings(upstreams, folder), ENV_FILE });
  const quoted = Object.fromEntries(given.map(([name, value]) => [name, `"${value}"`]));
  const service = spawnProcess(t, NODE, quoted);
  const webhook = `${await service.url()}/webhook/whatsapp?secret=${SECRET}`;
  const call = (address: string) =>
    post(webhook, upstreams.fonnte.buildPayload({ sender: LINKED, message: '/bantuan' }), {
      'x-forwarded-for': address,
    });
  t.match(await call('198.51.100.1'), { status: 403, body: { code: 'FORBIDDEN_ADDRESS' } });
  t.equal((await call('203.0.113.7')).status, 200);
  await upstreams.fonnte.waitForSent(({ target }) => target === LINKED, STEP_TIMEOUT_MS);
});

t.test('Ctrl-C, which npm sends twice, lets the running turn finish and sends its trace', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const folder = scratchFolder(t);
  const ENV_FILE = join(folder, '.env');
  const collector = await startCollector(t, { hangs: true });
  writeFileSync(ENV_FILE, `OTEL_EXPORTER_OTLP_ENDPOINT=${collector.url}\nOTEL_EXPORTER_OTLP_TIMEOUT=600000\n`);
  const given = { ...settings(upstreams, folder), ENV_FILE, NODE_OPTIONS: REPORT_TRACING };
  const service = spawnProcess(t, NODE, given);
  const { release } = await startHeldTurn(upstreams, await service.url());
  service.child.kill('SIGINT');
  await service.waitForLog(({ event }) => event === 'service.stopping');
  service.child.kill('SIGINT');
  release();
  t.match(await upstreams.fonnte.waitForSent(() => true, STEP_TIMEOUT_MS), { target: LINKED, message: 'sebentar' });
  await collector.requested;
  t.equal(await service.exit, 0, 'a collector that does not answer does not hold the shutdown');
  t.match(service.stderr(), /@opentelemetry\/sdk/);
});

t.test('a second Ctrl-C stops the service immediately', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const service = spawnProcess(t, NODE, settings(upstreams, scratchFolder(t)));
  await startHeldTurn(upstreams, await service.url());
  service.child.kill('SIGTERM');
  await service.waitForLog(({ event }) => event === 'service.stopping');
  // Send two different signals: the kernel may merge equal signals.
  service.child.kill('SIGINT');
  service.child.kill('SIGTERM');
  t.equal(await service.exit, 1);
});

t.test(
  'an unsupported Node version prints one plain sentence and exits with 1',
  { skip: oldNode === undefined && 'no Node older than 26 at /usr/local/bin/node or /usr/bin/node' },
  async (t) => {
    for (const entry of ['src/server.ts', 'bench/run.ts', 'sandbox/demo.ts']) {
      const service = spawnProcess(t, [String(oldNode), '-r', './node-version.cjs', entry], {});
      t.equal(await service.exit, 1, entry);
      t.match(service.stderr(), /^Layanan ini memerlukan Node\.js 26 atau lebih baru; .*\.\)\n$/);
      t.equal(service.stdout(), '');
    }
  },
);

/** The environment of the service: fake upstreams, a free port, a separate store and a readable log. */
function settings(upstreams: FakeUpstreams, folder: string): Record<string, unknown> {
  return environmentOf(upstreams, { WHATSAPP_SERVER_PORT: 0, DATA_DIR: folder, LOG_LEVEL: 'info' });
}

/** Starts a turn whose answer Gemini delays until `release` is called. */
async function startHeldTurn(upstreams: FakeUpstreams, url: string): Promise<{ release: () => void }> {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  upstreams.gemini.scriptResponses(async () => {
    await promise;
    return { text: 'sebentar' };
  });
  const called = upstreams.gemini.waitForRequest(({ method }) => method === 'POST', STEP_TIMEOUT_MS);
  await upstreams.fonnte.deliver(
    `${url}/webhook/whatsapp?secret=${SECRET}`,
    upstreams.fonnte.buildPayload({ sender: LINKED, message: 'Halo' }),
  );
  await called;
  return { release };
}

function majorOf(node: string): number {
  return Number.parseInt(execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8', env: {} }), 10);
}
