import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, randomPort } from '../sandbox/demo/ports.ts';
import { type FakeFonnte, startFakeFonnte } from '../sandbox/fonnte.ts';
import { type FakeGemini, startFakeGemini } from '../sandbox/gemini.ts';
import { sampleData } from '../sandbox/sample-data.ts';
import { type FakeSupabase, startFakeSupabase } from '../sandbox/supabase.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Paths that an installation does not contain before its first command. */
const EXCLUDED = ['node_modules', '.git', '.tap', '.env', 'dist', 'data', 'logs', 'bench'];

/** The environment of the commands: fake upstreams, a home folder and a separate pm2. */
export interface Installation {
  fonnte: FakeFonnte;
  gemini: FakeGemini;
  supabase: FakeSupabase;
  scratch: string;
  /** Free ports that replace those that the documents name. */
  ports: { 3003: number; 3103: number };
  /** The environment of an operator's shell, without the project's own Node. */
  env: NodeJS.ProcessEnv;
  /** Runs `pm2 …`. @throws when it fails */
  pm2(...args: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openInstallation(): Promise<Installation> {
  const open = new AsyncDisposableStack();
  try {
    const scratch = mkdtempSync(join(tmpdir(), 'sapa-runbook-'));
    open.defer(() => rmSync(scratch, { recursive: true, force: true }));
    const fonnte = open.adopt(await startFakeFonnte(), (one) => one.close());
    const gemini = open.adopt(await startFakeGemini(), (one) => one.close());
    const supabase = open.adopt(await startFakeSupabase({ tables: sampleData(new Date()) }), (one) => one.close());
    const first = await findFreePort(randomPort());
    const ports = { 3003: first, 3103: await findFreePort(first + 1) };
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    symlinkSync(join(ROOT, 'node_modules', 'pm2', 'bin', 'pm2'), join(bin, 'pm2'));
    const own = join(ROOT, 'node_modules', '.bin');
    const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== own);
    const env = {
      PATH: [bin, ...path].join(delimiter),
      HOME: join(scratch, 'rumah'),
      PM2_HOME: join(scratch, 'pm2'),
      PM2_DISCRETE_MODE: 'true',
      PM2_NO_INTERACTION: 'true',
      PM2_DISABLE_VERSION_CHECK: 'true',
      LANG: 'C.UTF-8',
      npm_config_update_notifier: 'false',
    };
    mkdirSync(env.HOME);
    // Stops pm2 and its processes when its input ends, also when this process is killed.
    const watchdog = spawn('sh', ['-c', 'cat; exec pm2 kill'], {
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    open.defer(async () => {
      const exited = once(watchdog, 'exit');
      watchdog.stdin.end();
      await exited;
    });
    const pm2 = async (...args: string[]) => void (await promisify(execFile)('pm2', args, { env }));
    const opened = open.move();
    return { fonnte, gemini, supabase, scratch, ports, env, pm2, close: () => opened.disposeAsync() };
  } finally {
    await open.disposeAsync();
  }
}

/** Creates a clone as an operator has it, with this checkout's packages; `origin` is a bare repository in the same folder. */
export function createClone(installation: Installation, folder: string): void {
  for (const name of readdirSync(ROOT).filter((name) => !EXCLUDED.includes(name))) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=Uji', '-c', 'user.email=uji@contoh.invalid', '-c', 'init.defaultBranch=main'];
    const { status, stderr } = spawnSync('git', [...identity, ...args], {
      cwd: folder,
      env: installation.env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  };
  writeFileSync(join(folder, '.gitignore'), `${readFileSync(join(folder, '.gitignore'), 'utf8')}node_modules\n`);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'Versi yang dipasang');
  git('clone', '-q', '--bare', '.', `${folder}.git`);
  git('remote', 'add', 'origin', `${folder}.git`);
  git('fetch', '-q', 'origin');
  git('branch', '-q', '--set-upstream-to=origin/main', 'main');
}

/** Sets variables of an `.env` in place. Values must not need quotes. */
export function setVariables(file: string, values: Record<string, string>): void {
  let text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  for (const [name, value] of Object.entries(values)) {
    const line = new RegExp(`^${name}=.*$`, 'm');
    text = line.test(text) ? text.replace(line, () => `${name}=${value}`) : `${text}${name}=${value}\n`;
  }
  writeFileSync(file, text, { mode: 0o600 });
}

/** @returns the value of a variable in an `.env`, or an empty string */
export function readVariable(file: string, name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}
