import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';
import { type LogLine, ROOT, withoutTap } from './process.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** From the stop signal, or from the start if there was no signal, to the exit; ms. */
  ms: number;
}

/** The service as `npm start` runs it. */
export interface Running {
  pid: number;
  /** Resolves when the service accepts requests. @throws with its output if it exits before */
  started: Promise<void>;
  exited: Promise<Exit>;
  /** Calls `listener` with each line of the JSON log. @returns a function that unsubscribes */
  onLog(listener: (line: LogLine) => void): () => void;
  stop(signal: NodeJS.Signals): Promise<Exit>;
}

export interface Launcher {
  start(): Running;
  /** Kills the running process. */
  close(): Promise<void>;
}

/** Number of log lines in an error message. */
const MAX_ERROR_LINES = 20;

/** Starts the real process repeatedly with one environment; every process exits with this one, even after its kill -9. */
export function createLauncher(environment: Record<string, unknown>): Launcher {
  const given = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ENV_FILE: '/dev/null', ...given };
  const watchdog = createParentWatchdog();
  let current: Running | undefined;
  return {
    start() {
      const command = [process.execPath, '-r', './node-version.cjs', 'src/server.ts'];
      const child = spawn('env', [...withoutTap(given), ...command], {
        cwd: ROOT,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      watchdog.watch(Number(child.pid));
      const running = describeProcess(child);
      current = running;
      void running.exited.then(() => watchdog.unwatch());
      return running;
    },
    async close() {
      await current?.stop('SIGKILL');
      await watchdog.close();
    },
  };
}

function describeProcess(child: ChildProcess): Running {
  const listeners = new Set<(line: LogLine) => void>();
  const startedAt = performance.now();
  const output: string[] = [];
  const ready = Promise.withResolvers<void>();
  let askedAt = startedAt;
  const exited = once(child, 'exit').then(([code, signal]): Exit => {
    ready.reject(new Error(`the service ended (${signal ?? code}):\n${output.join('\n')}`));
    return { code, signal, ms: Math.round(performance.now() - askedAt) };
  });
  ready.promise.catch(() => undefined);
  const handleLine = (text: string) => {
    output.push(text);
    if (output.length > MAX_ERROR_LINES) output.shift();
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine;
    if (line.event === 'service.started') ready.resolve();
    for (const listener of listeners) listener(line);
  };
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on('line', handleLine);
  return {
    pid: child.pid ?? Number.NaN,
    started: ready.promise,
    exited,
    onLog(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        askedAt = performance.now();
        child.kill(signal);
      }
      return exited;
    },
  };
}
