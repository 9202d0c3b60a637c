import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startFakeUpstreams } from '../support/fake-upstreams.ts';
import { scratchFolder } from '../support/folders.ts';
import { spawnProcess } from '../support/process.ts';
import { environmentOf } from '../support/service.ts';

t.setTimeout(300_000);

/** Programs that start the service, report it and never exit: a harness, and a test whose teardown never runs. */
const PROGRAMS = {
  'a harness': `
    const { createLauncher } = await import('./test/support/launcher.ts');
    const running = createLauncher(JSON.parse(process.env.GIVEN)).start();
    await running.started;
    console.log(JSON.stringify({ servicePid: running.pid }));
    setInterval(() => {}, 1000);
  `,
  'a test': `
    const { spawnProcess } = await import('./test/support/process.ts');
    const node = [process.execPath, '-r', './node-version.cjs', 'src/server.ts'];
    const service = spawnProcess({ teardown() {} }, node, JSON.parse(process.env.GIVEN));
    await service.url();
    console.log(JSON.stringify({ servicePid: service.child.pid }));
    setInterval(() => {}, 1000);
  `,
};

for (const [who, program] of Object.entries(PROGRAMS)) {
  t.test(`a service started by ${who} exits with it, even after SIGKILL`, async (t) => {
    const upstreams = await startFakeUpstreams(t);
    const given = environmentOf(upstreams, { DATA_DIR: scratchFolder(t), WHATSAPP_SERVER_PORT: 0, LOG_LEVEL: 'info' });
    const node: [string, ...string[]] = [process.execPath, '--input-type=module', '-e', program];
    const starter = spawnProcess(t, node, { GIVEN: JSON.stringify(given) });
    const { servicePid } = await starter.waitForLog((line) => 'servicePid' in line);
    t.ok(isRunning(Number(servicePid)));
    starter.child.kill('SIGKILL');
    while (isRunning(Number(servicePid))) await sleep(20);
    t.pass('it is gone');
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
