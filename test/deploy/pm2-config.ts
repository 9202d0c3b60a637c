import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { installed } from './installed.ts';

export const CONFIG = 'ecosystem.config.cjs';

/** The settings that PM2 uses. */
export interface Pm2App {
  script: string;
  interpreter: string;
  node_args: string[];
  /** A size such as `300M`. */
  max_memory_restart: string;
  env: Record<string, string>;
}

/** The result of the evaluation: the application as JSON on standard output, or an error. */
export interface Evaluated {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Evaluates the configuration in `folder` as PM2 does, with these variables in the shell. */
export function evaluateConfig(node: string, folder: string, shell: Record<string, string> = {}): Evaluated {
  const print = `process.stdout.write(JSON.stringify(require('./${CONFIG}').apps[0]))`;
  return spawnSync(node, ['-e', print], { cwd: folder, encoding: 'utf8', env: shell });
}

export function parseApp({ stdout }: Evaluated): Pm2App {
  return JSON.parse(stdout) as Pm2App;
}

/** Writes an empty file instead of the compiled service. */
export function writeStub(folder: string): void {
  mkdirSync(join(folder, 'dist', 'src'), { recursive: true });
  writeFileSync(join(folder, 'dist', 'src', 'server.js'), '');
}

/** The memory limits under PM2: V8's options, and the resident memory above which PM2 restarts the service, in MB. */
export function readMemoryLimits(t: Test): { heapOptions: string[]; maxMemoryMb: number } {
  const folder = installed(t, { packages: false, build: false });
  writeStub(folder);
  const { node_args, max_memory_restart } = parseApp(evaluateConfig(process.execPath, folder));
  const [, megabytes] = /^(\d+)M$/.exec(max_memory_restart) ?? [];
  return { heapOptions: node_args.filter((option) => option.startsWith('--max-')), maxMemoryMb: Number(megabytes) };
}
