import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Test } from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { ROOT } from '../support/process.ts';
import { oldNode } from './installed.ts';

/** The result of a pm2 command. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The fields of `pm2 jlist` that the tests use. */
export interface App {
  name: string;
  pid: number;
  pm2_env: {
    status: string;
    exec_mode: string;
    instances: number;
    exec_interpreter: string;
    node_version: string;
    max_memory_restart: number;
    kill_timeout: number;
    restart_time: number;
    exit_code?: number;
  };
}

export interface Pm2 {
  /** The separate PM2_HOME. */
  home: string;
  /** Runs `pm2 …` in a folder with these variables in the shell; never rejects. */
  run(args: string[], shell?: Record<string, string>): Promise<Ran>;
  /** @returns the only application. @throws if there is not exactly one */
  app(): Promise<App>;
}

const BIN = join(ROOT, 'node_modules', 'pm2', 'bin', 'pm2');

/**
 * Starts the real pm2 with a separate daemon, which exits with the test, even after a kill. If the machine has one, it
 * uses a Node version that is too old for the service. Update checks are disabled.
 */
export function startPm2(t: Test, cwd: string): Pm2 {
  const node = oldNode ?? process.execPath;
  const home = scratchFolder(t);
  const quiet = { PM2_DISCRETE_MODE: 'true', PM2_NO_INTERACTION: 'true', PM2_DISABLE_VERSION_CHECK: 'true' };
  const env = { PATH: process.env.PATH ?? '', HOME: home, PM2_HOME: home, ...quiet };
  // Stops daemon and application when its input ends, also when this process is killed.
  const janitor = spawn('sh', ['-c', 'cat; exec "$0" "$@"', node, BIN, 'kill'], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const cleared = once(janitor, 'exit');
  t.teardown(async () => {
    janitor.stdin.end();
    await cleared;
  });
  const run = (args: string[], shell: Record<string, string> = {}) =>
    new Promise<Ran>((done) => {
      execFile(node, [BIN, ...args], { cwd, env: { ...env, ...shell } }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
    });
  return {
    home,
    run,
    async app() {
      const { stdout, stderr } = await run(['jlist']);
      const [app, ...others] = JSON.parse(stdout || '[]') as App[];
      if (app === undefined || others.length > 0) throw new Error(`pm2 knows ${others.length + 1}: ${stdout}${stderr}`);
      return app;
    },
  };
}
