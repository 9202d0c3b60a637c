import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { createParentWatchdog } from '../../sandbox/parent-watchdog.ts';
import { type PostgresServer, SUPERUSER, unprivileged } from '../../sandbox/postgres-server.ts';
import { scratchFolder } from './folders.ts';
import { freePort } from './ports.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

export const hasPgbouncer = (): boolean => existsSync(PROGRAM);

/**
 * Starts a pooler in transaction mode, as Supabase's «Transaction pooler»: each transaction gets another of three connections,
 * and names of statements are not passed on. It ends with the test. @returns its DATABASE_URL
 */
export async function startPgbouncer(t: Test, { socket }: Pick<PostgresServer, 'socket'>): Promise<string> {
  const folder = scratchFolder(t);
  const account = unprivileged();
  if (account) chownSync(folder, account.uid, account.gid);
  const port = await freePort();
  const users = join(folder, 'users');
  writeFileSync(users, `"${SUPERUSER}" ""\n`);
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: users,
    pool_mode: 'transaction',
    default_pool_size: 3,
    server_round_robin: 1,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, `[databases]\n* = host=${socket}\n[pgbouncer]\n${lines.join('\n')}\n`);
  const pooler = spawn(PROGRAM, [file], { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const watchdog = createParentWatchdog();
  watchdog.watch(pooler.pid ?? Number.NaN);
  const exited = once(pooler, 'exit');
  t.teardown(async () => {
    pooler.kill('SIGKILL');
    await exited;
    await watchdog.close();
  });
  const ready = Promise.withResolvers<void>();
  let log = '';
  pooler.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    if (log.includes('process up')) ready.resolve();
  });
  void exited.then(() => ready.reject(new Error(`pgbouncer ended:\n${log}`)));
  await ready.promise;
  return `postgresql://${SUPERUSER}@127.0.0.1:${port}/postgres`;
}
