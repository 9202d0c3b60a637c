import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';
import { type LogLine, ROOT } from './process.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** From the signal that asked for it, or from the start where nobody did, ms. */
  ms: number;
}

/** The service as `npm start` runs it. */
export interface Running {
  pid: number;
  /** Resolves when it takes calls; rejects with what it wrote where it ends before that. */
  started: Promise<void>;
  exited: Promise<Exit>;
  /** Tells of each line of its JSON log; returns what ends that. */
  onLog(listener: (line: LogLine) => void): () => void;
  stop(signal: NodeJS.Signals): Promise<Exit>;
}

export interface Launcher {
  start(): Running;
  /** Ends what runs, at once. */
  close(): Promise<void>;
}

/** Lines of the log kept for a message about what went wrong. */
const LINES_KEPT = 20;

/** Starts the real process again and again with one environment; none outlives this process, not even after its kill -9. */
export function createLauncher(environment: Record<string, unknown>): Launcher {
  const given = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ENV_FILE: '/dev/null', ...given };
  const watchdog = createParentWatchdog();
  let current: Running | undefined;
  return {
    start() {
      const child = spawn(process.execPath, ['-r', './node-version.cjs', 'src/server.ts'], {
        cwd: ROOT,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      watchdog.watch(Number(child.pid));
      const running = runningOf(child);
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

function runningOf(child: ChildProcess): Running {
  const listeners = new Set<(line: LogLine) => void>();
  const startedAt = performance.now();
  const said: string[] = [];
  const ready = Promise.withResolvers<void>();
  let askedAt = startedAt;
  const exited = once(child, 'exit').then(([code, signal]): Exit => {
    ready.reject(new Error(`the service ended (${signal ?? code}):\n${said.join('\n')}`));
    return { code, signal, ms: Math.round(performance.now() - askedAt) };
  });
  ready.promise.catch(() => undefined);
  const hear = (text: string) => {
    said.push(text);
    if (said.length > LINES_KEPT) said.shift();
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine;
    if (line.event === 'service.started') ready.resolve();
    for (const listener of listeners) listener(line);
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', hear);
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
