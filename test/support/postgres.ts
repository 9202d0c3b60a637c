import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';
import { scratchFolder } from './folders.ts';

/** The bootstrap superuser of a scratch cluster, with Supabase's name. */
export const SUPERUSER = 'supabase_admin';

export interface Postgres {
  /** DATABASE_URL of the superuser. */
  url: string;
  /** Runs SQL as this database user and resolves with psql's unaligned output; rejects with `ERROR:  <SQLSTATE>: …`. */
  run(sql: string, user?: string): Promise<string>;
  /** Opens a connection of the superuser that runs many statements fast: `run` starts a psql for each call. */
  connect(): Connection;
}

/** Runs one statement in autocommit mode. Resolves and rejects as `Postgres.run`, but without the message. */
export type Connection = (sql: string) => Promise<string>;

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
  const quick = [
    'fsync=off',
    'full_page_writes=off',
    'shared_buffers=16MB',
    'max_connections=60',
    'listen_addresses=',
    'timezone=UTC',
  ];
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
  const program = join(binaries, 'psql');
  return {
    url: `postgresql://${SUPERUSER}@localhost/postgres?host=${encodeURIComponent(folder)}`,
    run: (sql, user = SUPERUSER) => runOnce(program, folder, user, sql),
    connect: () => connect(t, program, folder),
  };
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

const QUIET = ['-X', '-q', '-A', '-t', '-v', 'VERBOSITY=verbose', '-d', 'postgres', '-f', '-'];
const ENV = { PATH: process.env.PATH, LC_ALL: 'C', PGOPTIONS: '-c client_min_messages=warning' };

function runOnce(program: string, socket: string, user: string, sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...QUIET, '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', user],
      { maxBuffer: 64 * 1024 * 1024, env: ENV },
      (error, stdout, stderr) => (error ? reject(new Error(stderr.trim())) : resolve(stdout.trim())),
    );
    child.stdin?.end(sql);
  });
}

function connect(t: Test, program: string, socket: string): Connection {
  const child = spawn(program, [...QUIET, '-h', socket, '-U', SUPERUSER], {
    env: ENV,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const running: PromiseWithResolvers<string>[] = [];
  let output: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, sqlState] = /^END OF STATEMENT (\w{5})$/.exec(line) ?? [];
    if (sqlState === undefined) return void output.push(line);
    const result = running.shift();
    if (sqlState === '00000') result?.resolve(output.join('\n'));
    else result?.reject(new Error(`ERROR:  ${sqlState}:`));
    output = [];
  });
  child.once('exit', () => {
    for (const { reject } of running) reject(new Error('psql ended'));
  });
  // A write after the exit of psql fails; the exit has already rejected the statement.
  child.stdin.on('error', () => undefined);
  t.teardown(() => child.kill());
  return (sql) => {
    const result = Promise.withResolvers<string>();
    running.push(result);
    child.stdin.write(`${sql}\n;\n\\echo END OF STATEMENT :SQLSTATE\n`);
    return result.promise;
  };
}
