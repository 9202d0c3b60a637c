import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { environmentOf, scratchFolder, startWorld } from '../helper.ts';
import { spawned } from './spawned.ts';

t.setTimeout(300_000);

/** A harness that starts the service, says so, and would run for ever. */
const HARNESS = `
  const { createLauncher } = await import('./test/e2e/launcher.ts');
  const running = createLauncher(JSON.parse(process.env.GIVEN)).start();
  await running.started;
  console.log(JSON.stringify({ servicePid: running.pid }));
  setInterval(() => {}, 1000);
`;

t.test('a service that a harness started does not outlive it, even where the harness is killed', async (t) => {
  const world = await startWorld(t);
  const given = environmentOf(world, { DATA_DIR: scratchFolder(t), WHATSAPP_SERVER_PORT: 0, LOG_LEVEL: 'info' });
  const node: [string, ...string[]] = [process.execPath, '--input-type=module', '-e', HARNESS];
  const harness = spawned(t, node, { GIVEN: JSON.stringify(given) });
  const { servicePid } = await harness.logged((line) => 'servicePid' in line);
  t.ok(isThere(Number(servicePid)));
  harness.child.kill('SIGKILL');
  while (isThere(Number(servicePid))) await sleep(20);
  t.pass('it is gone');
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
