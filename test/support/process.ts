import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join, resolve } from 'node:path';
import type { Test } from 'tap';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';

export const ROOT = resolve(import.meta.dirname, '..', '..');

/** One line of the service's JSON log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface SpawnedProcess {
  /** The started process: npm or the service. */
  child: ChildProcess;
  /** Everything it wrote to standard error so far. */
  stderr(): string;
  /** Everything it wrote to standard output so far. */
  stdout(): string;
  /** Resolves with the first past or future log line that matches. @throws if the process exits without it */
  waitForLog(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** Resolves with the URL when the service listens. */
  url(): Promise<string>;
  /** Resolves with the exit code or the signal. */
  exit: Promise<number | NodeJS.Signals>;
}

/**
 * Runs `command` in the project folder with only this environment and PATH, in a separate process group that is killed
 * with the test. `.env` files are ignored.
 */
export function spawnProcess(
  t: Test,
  command: [string, ...string[]],
  environment: Record<string, unknown>,
): SpawnedProcess {
  const path = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const given = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
  const env = { PATH: path, HOME: process.env.HOME ?? '/', ENV_FILE: '/dev/null', ...given };
  const child = spawn('env', [...withoutTap(given), ...command], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that times out is killed without its teardown.
  const watchdog = createParentWatchdog();
  watchdog.watch(-(child.pid ?? Number.NaN));
  t.teardown(async () => {
    endGroup(child);
    await watchdog.close();
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    child.emit('spoke');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // `close`: the process has exited and its output is complete.
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const exit = closed.then(([code, signal]) => code ?? signal ?? 'SIGKILL');
  const exited = exit.then((status) => Promise.reject(new Error(`it ended (${status}):\n${stdout}${stderr}`)));
  exited.catch(() => undefined);
  const waitForLog = async (matches: (line: LogLine) => boolean) => {
    for (;;) {
      const line = logLines(stdout).find(matches);
      if (line) return line;
      await Promise.race([once(child, 'spoke'), exited]);
    }
  };
  const url = async () => {
    await waitForLog(({ event }) => event === 'service.started');
    const { msg } = await waitForLog(({ msg }) => /^Server listening at http/.test(String(msg)));
    return String(msg).replace('Server listening at ', '');
  };
  return { child, stdout: () => stdout, stderr: () => stderr, waitForLog, url, exit };
}

/**
 * Arguments of `env`, which then becomes the process itself. Tap loads its modules into every child through NODE_OPTIONS:
 * 0.6 s of CPU time and 45 MB per process.
 */
export function withoutTap({ NODE_OPTIONS }: Readonly<Record<string, string>>): string[] {
  return NODE_OPTIONS === undefined ? ['-u', 'NODE_OPTIONS'] : [`NODE_OPTIONS=${NODE_OPTIONS}`];
}

/** @returns whether a process of the group of `child` is running */
export function isGroupRunning(child: ChildProcess): boolean {
  try {
    return process.kill(-(child.pid ?? Number.NaN), 0);
  } catch {
    return false;
  }
}

function endGroup(child: ChildProcess): void {
  if (isGroupRunning(child)) process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
}

function logLines(text: string): LogLine[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
}
