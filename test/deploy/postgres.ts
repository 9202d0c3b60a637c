import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { scratchFolder } from '../support/folders.ts';
import { createParentWatchdog } from '../support/parent-watchdog.ts';

/** The bootstrap superuser of a scratch cluster, with Supabase's name. */
export const SUPERUSER = 'supabase_admin';

export interface Postgres {
  /** Runs SQL as this database user and resolves with psql's unaligned output; rejects with `ERROR:  <SQLSTATE>: …`. */
  run(sql: string, user?: string): Promise<string>;
}

/** @returns the folder of initdb, postgres and psql, Debian's newest first; null when PostgreSQL is not installed */
export function findPostgres(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), '/usr/local/bin', '/usr/bin'];
  const isWhole = (folder: string) => ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name)));
  return folders.find(isWhole) ?? null;
}

/** Starts a PostgreSQL cluster in a scratch folder, reachable only by its socket; it ends with the test. */
export async function startPostgres(t: Test, binaries: string): Promise<Postgres> {
  const folder = scratchFolder(t);
  const account = unprivileged();
  if (account) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  // Tests compare messages in English.
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  execFileSync(join(binaries, 'initdb'), initdb, { ...account, env, cwd: folder, stdio: 'pipe' });
  const quick = ['fsync=off', 'full_page_writes=off', 'shared_buffers=16MB', 'max_connections=20', 'listen_addresses='];
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, '-k', folder, ...quick.flatMap((setting) => ['-c', setting])],
    { ...account, env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const watchdog = createParentWatchdog();
  watchdog.watch(server.pid ?? Number.NaN);
  const exited = once(server, 'exit');
  t.teardown(async () => {
    server.kill('SIGQUIT');
    await exited;
    await watchdog.close();
  });
  let log = '';
  const ready = Promise.withResolvers<void>();
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (log.includes('ready to accept connections')) ready.resolve();
  });
  exited.then(() => ready.reject(new Error(`postgres ended:\n${log}`)));
  await ready.promise;
  return { run: (sql, user = SUPERUSER) => psql(join(binaries, 'psql'), folder, user, sql) };
}

/** PostgreSQL refuses to run as root: returns the account to run as, or undefined when we are not root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = ['postgres', 'nobody'].flatMap((name) => accounts.filter(([user]) => user === name))[0] ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

function psql(program: string, socket: string, user: string, sql: string): Promise<string> {
  const quiet = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose'];
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...quiet, '-h', socket, '-U', user, '-d', 'postgres', '-f', '-'],
      {
        maxBuffer: 64 * 1024 * 1024,
        env: { PATH: process.env.PATH, LC_ALL: 'C', PGOPTIONS: '-c client_min_messages=warning' },
      },
      (error, stdout, stderr) => (error ? reject(new Error(stderr.trim())) : resolve(stdout.trim())),
    );
    child.stdin?.end(sql);
  });
}
