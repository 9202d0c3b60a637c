import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from '../test/support/ports.ts';
import { environment, type Upstreams } from './environment.ts';
import type { Outside } from './outside/remote.ts';
import { cpuMs, residentMb } from './process-figures.ts';

export const ROOT = resolve(import.meta.dirname, '..');

/** The checkout of the measured service: this one, or `BENCH_SERVICE`, to compare two versions. */
export const SERVICE = resolve(process.env.BENCH_SERVICE ?? ROOT);

/** The servers: the service as with `npm start`, the naive server, a bare route, and the service's packages without its code. */
const COMMANDS = {
  ours: startCommand(),
  naive: ['bench/naive/server.ts'],
  bare: ['bench/bare/server.ts'],
  packages: ['-r', './node-version.cjs', 'bench/packages/server.ts'],
};
export type Kind = keyof typeof COMMANDS;

/** The arguments that `npm start` gives Node. @throws if the script has another form */
function startCommand(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(SERVICE, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const command = /\bnode (.+)$/.exec(scripts.start)?.[1];
  if (!command) throw new Error(`npm start does not run Node: ${scripts.start}`);
  return command.split(' ');
}

/** A running server under test. */
export interface Subject {
  kind: Kind;
  pid: number;
  url: string;
  /** The folder with DATA_DIR and the log. */
  folder: string;
  /** From spawn to the first 200 of /api/health, ms, and the CPU time until then. */
  startMs: number;
  startCpuMs: number;
  cpuMs(): number;
  memory(): { now: number; peak: number };
  /** Stops the server and removes its folder. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface SubjectOptions {
  env?: Record<string, string | number>;
  /** Fills DATA_DIR before the start. */
  prepare?: (dataDir: string) => void | Promise<void>;
}

const HEALTHY_MS = 60_000;
const LOOK_MS = 2;
const LINES_SHOWN = 20;

/** Starts a server with the fake upstreams; its log goes to a file, as under PM2. @throws if the server exits */
export async function startSubject(outside: Outside, kind: Kind, options: SubjectOptions = {}): Promise<Subject> {
  const upstreams: Upstreams = await outside.run('urls');
  const folder = mkdtempSync(join(tmpdir(), `sapa-bench-${kind}-`));
  const dataDir = join(folder, 'data');
  await options.prepare?.(dataDir);
  const port = await freePort();
  const given = Object.entries(options.env ?? {}).map(([name, value]) => [name, String(value)]);
  const env = { ...environment(upstreams, port), DATA_DIR: dataDir, ...Object.fromEntries(given) };
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'a');
  const spawnedAt = performance.now();
  const child = spawn(process.execPath, COMMANDS[kind], {
    cwd: kind === 'ours' ? SERVICE : ROOT,
    env,
    stdio: ['ignore', log, log],
  });
  const pid = child.pid ?? Number.NaN;
  await outside.run('guard', pid);
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await healthy(url, () => child.exitCode ?? child.signalCode, logFile);
  const startMs = performance.now() - spawnedAt;
  const startCpuMs = cpuMs(pid);
  return {
    kind,
    pid,
    url,
    folder,
    startMs,
    startCpuMs,
    cpuMs: () => cpuMs(pid),
    memory: () => residentMb(pid),
    async stop(signal = 'SIGKILL') {
      child.kill(signal);
      await exited;
      await outside.run('unguard', pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function healthy(url: string, ended: () => unknown, logFile: string): Promise<void> {
  const until = performance.now() + HEALTHY_MS;
  while (performance.now() < until && ended() === null) {
    try {
      const { statusCode, body } = await request(`${url}/api/health`, { reset: true });
      await body.dump();
      if (statusCode === 200) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
    await sleep(LOOK_MS);
  }
  const lastLines = readFileSync(logFile, 'utf8').split('\n').slice(-LINES_SHOWN).join('\n');
  throw new Error(`no healthy answer from ${url} (${ended() ?? 'still running'}):\n${lastLines}`);
}
