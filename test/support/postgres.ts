import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { openPostgresServer, SUPERUSER } from '../../sandbox/postgres-server.ts';
import { scratchFolder } from './folders.ts';

export { findPostgres } from '../../sandbox/postgres-server.ts';

export interface Postgres {
  /** The folder of its socket. */
  socket: string;
  /** DATABASE_URL of the superuser. */
  url: string;
  /** Runs SQL as this database user and resolves with psql's unaligned output; rejects with `ERROR:  <SQLSTATE>: …`. */
  run(sql: string, user?: string): Promise<string>;
  /** Opens a connection of the superuser that runs many statements fast: `run` starts a psql for each call. */
  connect(): Connection;
}

/** Runs one statement in autocommit mode. Resolves and rejects as `Postgres.run`, but without the message. */
export type Connection = (sql: string) => Promise<string>;

/** Starts a PostgreSQL cluster in a scratch folder, reachable only by its socket; it ends with the test. */
export async function startPostgres(t: Test, binaries: string): Promise<Postgres> {
  const { url, socket, close } = await openPostgresServer({ binaries, folder: scratchFolder(t) });
  t.teardown(close);
  const program = join(binaries, 'psql');
  return {
    url,
    socket,
    run: (sql, user = SUPERUSER) => runOnce(program, socket, user, sql),
    connect: () => connect(t, program, socket),
  };
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
