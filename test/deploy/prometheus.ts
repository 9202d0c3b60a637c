import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import { createParentWatchdog } from '../support/parent-watchdog.ts';

/** What its API answers to a query, and to a question for its rules. */
export type Data = {
  result?: { metric: Record<string, string> }[];
  groups?: { rules: { name: string; health: string; state: string }[] }[];
};
/** The series of an answer, and the rules of another. */
export const resultOf = ({ result = [] }: Data) => result;
export const rulesOf = ({ groups = [] }: Data) => groups.flatMap(({ rules }) => rules);

/** The real Prometheus on loopback, gone with the test; asks its API until what it says fits, for 30 s at most. */
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
  return async (path: string, fits: (data: Data) => boolean): Promise<Data> => {
    for (const until = Date.now() + 30_000; Date.now() < until; await pause(50)) {
      if (child.exitCode !== null) break;
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => null);
      if (!response?.ok) continue;
      const { data } = (await response.json()) as { data: Data };
      if (fits(data)) return data;
    }
    throw new Error(`Prometheus never said so of ${path}:\n${log}`);
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
