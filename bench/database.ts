import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findPostgres, openPostgresServer } from '../sandbox/postgres-server.ts';
import { type DelayedProxy, startDelayedProxy } from './delayed-proxy.ts';
import { cpuMs } from './process-figures.ts';

/** As an operator's server: durable commits, and room for the whole store. */
const SETTINGS = ['fsync=on', 'full_page_writes=on', 'shared_buffers=512MB', 'max_wal_size=2GB', 'max_connections=100'];
/** A clock tick of `/proc/<pid>/stat`, ms. */
const TICK_MS = 10;

/** Counters of the database since its start. */
export interface DatabaseFigures {
  /** CPU time of all its processes, ms. */
  cpuMs: number;
  transactions: number;
  rowsInserted: number;
  rowsUpdated: number;
  rowsDeleted: number;
  walBytes: number;
}

export type BenchDatabase = Awaited<ReturnType<typeof openBenchDatabase>>;

/** Starts a PostgreSQL on this machine. @throws if it is not installed */
export async function openBenchDatabase() {
  const binaries = findPostgres();
  if (!binaries) throw new Error('PostgreSQL is not installed (Debian: apt install postgresql)');
  const folder = mkdtempSync(join(tmpdir(), 'sapa-bench-postgres-'));
  const server = await openPostgresServer({ binaries, folder, settings: SETTINGS });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const postmaster = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const proxies: DelayedProxy[] = [];
  const numberOf = async (sql: string, values: unknown[] = []) =>
    Number(Object.values((await client.query<Record<string, unknown>>(sql, values)).rows[0] ?? {})[0]);

  return {
    version: String((await client.query('SHOW server_version')).rows[0]?.server_version),

    /** @returns a DATABASE_URL whose responses arrive `latencyMs` after a request; 0: without a proxy */
    async urlWithLatency(latencyMs: number): Promise<string> {
      if (latencyMs === 0) return server.url;
      const proxy = await startDelayedProxy(join(folder, '.s.PGSQL.5432'), latencyMs);
      proxies.push(proxy);
      return `postgresql://supabase_admin@127.0.0.1:${proxy.port}/postgres`;
    },

    async figures(): Promise<DatabaseFigures> {
      await client.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await client.query<Record<string, string>>(
        `SELECT xact_commit + xact_rollback AS transactions,  tup_inserted AS inserted, tup_updated AS updated, tup_deleted AS deleted,
         pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal
         FROM pg_stat_database WHERE datname = current_database()`,
      );
      const [row = {}] = rows;
      return {
        cpuMs: cpuOfTree(postmaster),
        transactions: Number(row.transactions),
        rowsInserted: Number(row.inserted),
        rowsUpdated: Number(row.updated),
        rowsDeleted: Number(row.deleted),
        walBytes: Number(row.wal),
      };
    },

    /** Bytes of the tables and indexes of a schema. */
    bytesOf: (schema: string) =>
      numberOf(
        `SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) FROM pg_class
         JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relkind = 'r'`,
        [schema],
      ),

    connections: () => numberOf("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sapa-whatsapp'"),

    async dropSchema(schema: string): Promise<void> {
      await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },

    async close(): Promise<void> {
      for (const proxy of proxies) proxy.close();
      await client.end();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** CPU time of a process and its children, ended ones included. */
function cpuOfTree(parent: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.ppid === parent);
  const running = [parent, ...children].reduce((sum, pid) => sum + cpuIfRunning(pid), 0);
  return running + (statOf(parent)?.endedChildrenTicks ?? 0) * TICK_MS;
}

function cpuIfRunning(pid: number): number {
  return statOf(pid) ? cpuMs(pid) : 0;
}

/** @returns null when the process has ended */
function statOf(pid: number): { ppid: number; endedChildrenTicks: number } | null {
  try {
    // The name in parentheses may contain spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { ppid: Number(fields[1]), endedChildrenTicks: Number(fields[13]) + Number(fields[14]) };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
