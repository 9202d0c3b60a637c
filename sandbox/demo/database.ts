import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createParentWatchdog } from '../parent-watchdog.ts';
import { findPostgres, openPostgresServer } from '../postgres-server.ts';

/** The database that the instances of the demo share. */
export interface DemoDatabase {
  /** The environment of each instance. */
  variables: { DATABASE_URL: string; DATABASE_SCHEMA: string };
  /** How it was found, in Indonesian. */
  description: string;
  /** Deletes the data. */
  close(): Promise<void>;
}

const INSTALLATION = `Beberapa layanan memerlukan PostgreSQL, dan di mesin ini tidak ditemukan. Pilih salah satu:

  Debian, Ubuntu   sudo apt-get install postgresql
  macOS            brew install postgresql@17, lalu tambahkan folder bin-nya ke /usr/local/bin
  sudah ada        DATABASE_URL=postgresql://PERAN:KATA-SANDI@HOST:5432/BASIS-DATA npm run demo -- --instances 3

Demo membuat skema sendiri dan menghapusnya saat berakhir. Satu layanan tanpa PostgreSQL: npm run demo
`;

/** Opens DATABASE_URL, or a temporary PostgreSQL of `binaries`. @throws a text that explains how to get PostgreSQL */
export async function openDemoDatabase(
  databaseUrl: string | undefined,
  binaries: string | null = findPostgres(),
): Promise<DemoDatabase> {
  const DATABASE_SCHEMA = `sapa_demo_${process.pid}`;
  if (databaseUrl) {
    const variables = { DATABASE_URL: databaseUrl, DATABASE_SCHEMA };
    return { variables, description: 'PostgreSQL dari DATABASE_URL', close: () => dropSchema(variables) };
  }
  if (!binaries) throw new Error(INSTALLATION);
  // PostgreSQL runs as another user when we are root, so its folder is not within that of the demo.
  const folder = await mkdtemp(join(tmpdir(), 'sapa-demo-'));
  // Deletes the folder, also after `kill -9`.
  const watchdog = createParentWatchdog({ folder });
  try {
    const server = await openPostgresServer({ binaries, folder });
    return {
      variables: { DATABASE_URL: server.url, DATABASE_SCHEMA },
      description: `PostgreSQL sementara dari ${binaries}`,
      async close() {
        await server.close();
        await watchdog.close();
      },
    };
  } catch (error) {
    await watchdog.close();
    throw error;
  }
}

async function dropSchema({ DATABASE_URL, DATABASE_SCHEMA }: DemoDatabase['variables']): Promise<void> {
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${DATABASE_SCHEMA} CASCADE`);
  } finally {
    await client.end();
  }
}
