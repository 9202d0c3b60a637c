import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from '../test/e2e/launcher.ts';
import { environment, type Upstreams } from './environment.ts';
import type { Outside } from './outside/remote.ts';
import { cpuMs, residentMb } from './process-figures.ts';

export const ROOT = resolve(import.meta.dirname, '..');

/**
 * What can be started: ours as `npm start` does it, the plan written naively, a bare route, and that with the least that keeps
 * product.md's promises: what it takes is in our store, durably, and nothing is checked, formatted, logged or limited.
 */
const COMMANDS = {
  ours: startCommand(),
  naive: { args: ['bench/naive/server.ts'], env: {} },
  bare: { args: ['bench/bare/server.ts'], env: {} },
  least: { args: ['bench/bare/server.ts'], env: { BARE_STORED: 'true' } },
};
export type Kind = keyof typeof COMMANDS;

/** What `npm start` runs, without the shell. @throws where it is no `exec env NAME=VALUE node …` */
function startCommand(): { args: string[]; env: Record<string, string> } {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const [, name, value, args] = /^exec env (\w+)=(\S+) node (.+)$/.exec(scripts.start) ?? [];
  if (!name || !value || !args) throw new Error(`npm start is no «exec env NAME=VALUE node»: ${scripts.start}`);
  return { args: args.split(' '), env: { [name]: value } };
}

/** What a probed server says of its heap after a forced collection, MB. */
export interface Heap {
  heapMb: number;
  externalMb: number;
}

/** A server under test, up and answering. */
export interface Subject {
  kind: Kind;
  pid: number;
  url: string;
  /** Its own folder: DATA_DIR and log are in it. */
  folder: string;
  /** From spawn to the first 200 of /api/health, ms, and the CPU time of that. */
  startMs: number;
  startCpuMs: number;
  cpuMs(): number;
  memory(): { now: number; peak: number };
  /** Collects garbage and tells what is left; only where it was started with `probe`. */
  heap(): Promise<Heap>;
  /** Ends it and removes its folder. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface SubjectOptions {
  env?: Record<string, string | number>;
  /** Flags of Node's. */
  flags?: string[];
  /** Lets `heap` ask. */
  probe?: boolean;
  /** Puts what it needs into its DATA_DIR before it starts. */
  prepare?: (dataDir: string) => void | Promise<void>;
}

const HEALTHY_MS = 60_000;
const LOOK_MS = 2;
const LINES_SHOWN = 20;

/** Starts a server with the stand-ins as its upstreams; its log goes to a file, as under PM2. @throws where it ends instead */
export async function startSubject(outside: Outside, kind: Kind, options: SubjectOptions = {}): Promise<Subject> {
  const upstreams: Upstreams = await outside.do('urls');
  const folder = mkdtempSync(join(tmpdir(), `sapa-bench-${kind}-`));
  const dataDir = join(folder, 'data');
  await options.prepare?.(dataDir);
  const port = await freePort();
  const given = Object.entries(options.env ?? {}).map(([name, value]) => [name, String(value)]);
  const command = COMMANDS[kind];
  const env = { ...environment(upstreams, port), ...command.env, DATA_DIR: dataDir, ...Object.fromEntries(given) };
  const probe = options.probe ? ['--expose-gc', '--import', './bench/probe.ts'] : [];
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'a');
  const spawnedAt = performance.now();
  const child = spawn(process.execPath, [...(options.flags ?? []), ...probe, ...command.args], {
    cwd: ROOT,
    env,
    stdio: options.probe ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  const pid = child.pid ?? Number.NaN;
  await outside.do('guard', pid);
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
    async heap() {
      child.send('collect');
      const [heap] = (await once(child, 'message')) as [Heap];
      return heap;
    },
    async stop(signal = 'SIGKILL') {
      child.kill(signal);
      await exited;
      await outside.do('unguard', pid);
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
  const said = readFileSync(logFile, 'utf8').split('\n').slice(-LINES_SHOWN).join('\n');
  throw new Error(`no healthy answer from ${url} (${ended() ?? 'still running'}):\n${said}`);
}
