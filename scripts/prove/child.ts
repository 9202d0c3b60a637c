import { spawn } from 'node:child_process';

/** Output and exit code of a finished process; null if it was killed. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Maximum time of one process, ms: some five times what the slowest check takes on a quiet machine. */
const TIMEOUT_MS = 600_000;

/** Runs a file of the repository at `root` with this Node and additional variables, until it ends or its time is over. */
export async function runFile(
  root: string,
  file: string,
  args: readonly string[] = [],
  variables: Record<string, string> = {},
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(process.execPath, ['-r', './node-version.cjs', file, ...args], {
    cwd: root,
    env: { ...process.env, ...variables },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, stdout, stderr }));
  return await promise;
}
