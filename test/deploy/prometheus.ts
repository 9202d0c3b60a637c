import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';
import { freePort } from '../support/ports.ts';
import { waitUntil } from '../support/wait.ts';

/** The data of an API response: a query or the list of rules. */
export type Data = {
  result?: { metric: Record<string, string> }[];
  groups?: { rules: { name: string; health: string; state: string }[] }[];
};
/** The series of a query's response, and the rules of the list. */
export const resultOf = ({ result = [] }: Data) => result;
export const rulesOf = ({ groups = [] }: Data) => groups.flatMap(({ rules }) => rules);

/** Starts the real Prometheus on 127.0.0.1, stopped with the test. @returns a function that polls the API until the response matches */
export async function startPrometheus(t: Test, scratch: string) {
  const port = await freePort();
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`];
  const child = spawn('prometheus', args, { cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const watchdog = createParentWatchdog();
  watchdog.watch(child.pid ?? Number.NaN);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await exited;
    await watchdog.close();
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (line: string) => {
    log += line;
  });
  return (path: string, fits: (data: Data) => boolean): Promise<Data> =>
    waitUntil(`Prometheus answers ${path} as expected`, async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${log}`);
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => null);
      if (!response?.ok) return null;
      const { data } = (await response.json()) as { data: Data };
      return fits(data) ? data : null;
    });
}
