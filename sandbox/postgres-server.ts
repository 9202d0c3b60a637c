import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createParentWatchdog } from './parent-watchdog.ts';

/** The bootstrap superuser of a scratch cluster, with Supabase's name. */
export const SUPERUSER = 'supabase_admin';

/** A scratch PostgreSQL that is reachable only by its socket. */
export interface PostgresServer {
  /** DATABASE_URL of the superuser. */
  url: string;
  /** The folder of the socket. */
  socket: string;
  /** Sends SIGSTOP to every process of the server: nothing responds, and no connection ends. */
  freeze(): void;
  /** Sends SIGCONT. */
  thaw(): void;
  /**
   * As `pg_ctl restart -m immediate`: ends every process at once, starts when `whileStopped` has resolved, and resolves when
   * connections are accepted again.
   */
  restartImmediately(whileStopped?: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresServerOptions {
  /** The folder of initdb and postgres. */
  binaries: string;
  /** An empty folder, which the caller removes. */
  folder: string;
  /** Settings of postgresql.conf, `name=value`; with another port than 5432, `url` is not valid. */
  settings?: readonly string[];
}

/** The results of `initdb`, which takes more than a second of CPU time. */
const TEMPLATES = resolve(import.meta.dirname, '..', 'node_modules', '.cache', 'postgres');

/** Copies a folder with its owners and modes, which PostgreSQL checks. */
const copyFolder = (from: string, to: string) => execFileSync('cp', ['-a', from, to]);

/** Settings for a short life: no data has to survive the machine. */
const QUICK = [
  'fsync=off',
  'full_page_writes=off',
  'shared_buffers=16MB',
  'max_connections=60',
  'listen_addresses=',
  'timezone=UTC',
];

/** @returns the folder of initdb, postgres and psql, Debian's newest first; null when PostgreSQL is not installed */
export function findPostgres(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), '/usr/local/bin', '/usr/bin'];
  const isWhole = (folder: string) => ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name)));
  return folders.find(isWhole) ?? null;
}

/** Starts a PostgreSQL cluster; it ends with this process, even after `kill -9`. */
export async function openPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const { binaries, folder, settings = [] } = options;
  const account = unprivileged();
  if (account) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  // Tests compare messages in English.
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  createCluster();
  const flags = [...QUICK, ...settings].flatMap((setting) => ['-c', setting]);
  const watchdog = createParentWatchdog();
  let server = await start();

  function createCluster(): void {
    const key = createHash('sha256').update(`${binaries} ${account?.uid}`).digest('hex').slice(0, 16);
    const template = join(TEMPLATES, key);
    if (existsSync(template)) return void copyFolder(template, data);
    const initdb = ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(join(binaries, 'initdb'), initdb, { ...account, env, cwd: folder, stdio: 'pipe' });
    mkdirSync(TEMPLATES, { recursive: true });
    const copy = mkdtempSync(join(TEMPLATES, 'new-'));
    copyFolder(data, join(copy, key));
    try {
      renameSync(join(copy, key), template);
    } catch (error) {
      // Another process may have stored the same template.
      if (!existsSync(template)) throw error;
    } finally {
      rmSync(copy, { recursive: true });
    }
  }

  async function start(): Promise<ChildProcess> {
    const child = spawn(join(binaries, 'postgres'), ['-D', data, '-k', folder, ...flags], {
      ...account,
      env,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    watchdog.watch(child.pid ?? Number.NaN);
    let log = '';
    const ready = Promise.withResolvers<void>();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('ready to accept connections')) ready.resolve();
    });
    child.once('exit', () => ready.reject(new Error(`postgres ended:\n${log}`)));
    await ready.promise;
    return child;
  }

  function signalAll(signal: NodeJS.Signals): void {
    const { pid = Number.NaN } = server;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    for (const process_ of [pid, ...children]) process.kill(process_, signal);
  }

  async function stop(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGQUIT');
    await exited;
  }

  return {
    url: `postgresql://${SUPERUSER}@localhost/postgres?host=${encodeURIComponent(folder)}`,
    socket: folder,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async restartImmediately(whileStopped) {
      await stop();
      await whileStopped?.();
      server = await start();
    },
    async close() {
      await stop();
      await watchdog.close();
    },
  };
}

/** PostgreSQL refuses to run as root: returns the account to run as, or undefined when we are not root. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = ['postgres', 'nobody'].flatMap((name) => accounts.filter(([user]) => user === name))[0] ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
