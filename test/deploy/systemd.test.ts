import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';
import { MAX_SHUTDOWN_MS } from '../../src/app-options.ts';
import { LINKED, startFakeUpstreams } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { get } from '../support/http.ts';
import { freePort } from '../support/ports.ts';
import { ROOT } from '../support/process.ts';
import { environmentOf, SECRET } from '../support/service.ts';
import { MAX_WAIT_MS, waitUntil } from '../support/wait.ts';
import { textOf } from './facts.ts';
import { installed, writeEnv } from './installed.ts';
import { readMemoryLimits } from './pm2-config.ts';

t.setTimeout(180_000);

const UNIT = 'deploy/systemd/sapa-whatsapp.service';
const HOME = '/opt/sapa-whatsapp';
/** Maximum exposure of `systemd-analyze security` in tenths; 9.6 is a unit without protection. */
const EXPOSURE = 20;

const lines = textOf(UNIT).matchAll(/^(\w+)=(.*)$/gm);
const entries = [...lines].map(([, name = '', value = '']) => [name, value] as const);
const unit = Object.fromEntries(entries);
const environment = Object.fromEntries(
  entries.filter(([name]) => name === 'Environment').map(([, value]) => value.split('=', 2) as [string, string]),
);
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
const skip = !hasAnalyze && 'no systemd-analyze on this machine';

t.test('the unit waits for the longest stop and always restarts a failed service', async (t) => {
  t.match(unit, { KillSignal: 'SIGTERM', Restart: 'on-failure', StartLimitIntervalSec: '0' });
  t.ok(secondsOf(unit.TimeoutStopSec) * 1_000 > MAX_SHUTDOWN_MS + 2_000, unit.TimeoutStopSec ?? '');
  t.ok(secondsOf(unit.RestartSec) >= 5, 'it does not spin');
});

t.test('the user is not root and can write only to one private folder', async (t) => {
  t.match(unit, { User: 'sapa', Group: 'sapa', ProtectSystem: 'strict', UMask: '0077', StateDirectoryMode: '0700' });
  t.equal(environment.DATA_DIR, `/var/lib/${unit.StateDirectory}`);
  t.equal(unit.ReadWritePaths, undefined);
  for (const name of ['NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices', 'RestrictNamespaces']) {
    t.equal(unit[name], 'true', name);
  }
  t.equal(unit.CapabilityBoundingSet, '');
  for (const name of ['MemoryDenyWriteExecute', 'ProcSubset']) t.equal(unit[name], undefined, `${name} breaks Node`);
});

t.test('heap and memory limits are those of PM2, and the hard limit is higher', async (t) => {
  const { heapOptions, maxMemoryMb } = readMemoryLimits(t);
  const megabytes = (limit = '') => Number(/^(\d+)M$/.exec(limit)?.[1]);
  t.equal(megabytes(unit.MemoryHigh), maxMemoryMb);
  t.ok(megabytes(unit.MemoryMax) > maxMemoryMb);
  for (const option of heapOptions) t.ok(unit.ExecStart?.split(' ').includes(option), option);
});

t.test('the command starts the service of an installation, which answers a message and exits with 0', async (t) => {
  const upstreams = await startFakeUpstreams(t);
  const folder = installed(t);
  const data = scratchFolder(t);
  const port = await freePort();
  writeEnv(folder, environmentOf(upstreams, { WHATSAPP_SERVER_PORT: port, DATA_DIR: '/nowhere', LOG_LEVEL: 'info' }));
  t.equal(unit.WorkingDirectory, HOME);
  const [program = '', ...args] = (unit.ExecStart ?? '').replaceAll(HOME, folder).split(' ');
  const env = { ...environment, DATA_DIR: join(data, basename(environment.DATA_DIR ?? '')) };
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const watchdog = createParentWatchdog();
  watchdog.watch(Number(child.pid));
  t.teardown(() => watchdog.close());
  const ended = once(child, 'exit');
  await waitUntil('a healthy service', async () => {
    const answer = await get(`http://127.0.0.1:${port}/api/health`).catch(() => undefined);
    return answer?.status === 200 || child.exitCode !== null;
  });
  const webhook = `http://127.0.0.1:${port}/webhook/whatsapp?secret=${SECRET}`;
  const delivery = await upstreams.fonnte.deliver(webhook, upstreams.fonnte.buildPayload({ sender: LINKED }), {
    retries: 0,
  });
  t.same(delivery.statuses, [200]);
  await upstreams.fonnte.waitForSent(({ target }) => target === LINKED, MAX_WAIT_MS);
  t.ok(statSync(env.DATA_DIR).isDirectory(), 'its data is where the unit says, whatever .env says');
  child.kill(unit.KillSignal as NodeJS.Signals);
  t.same(await ended, [0, null]);
});

t.test('systemd reports no problem in the unit', { skip }, async (t) => {
  const folder = scratchFolder(t);
  // Replace the command: the service is not installed in /opt here.
  const text = textOf(UNIT).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
  const file = join(folder, basename(UNIT));
  writeFileSync(file, text);
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', file], {
    encoding: 'utf8',
  });
  t.same({ status, stderr }, { status: 0, stderr: '' });
});

t.test('systemd rates the unit as well protected', { skip }, async (t) => {
  const file = join(ROOT, UNIT);
  const options = ['security', '--no-pager', '--offline=true', `--threshold=${EXPOSURE}`, file];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', options, { encoding: 'utf8' });
  t.equal(status, 0, stdout.trim().split('\n').at(-1) ?? stderr);
});

function secondsOf(span = ''): number {
  return Number(/^(\d+)s$/.exec(span)?.[1]);
}
