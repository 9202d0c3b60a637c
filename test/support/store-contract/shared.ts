import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Test } from 'tap';
import { buildRetention } from '../../../src/conversation/retention.ts';
import { createEvents, type Events } from '../../../src/events.ts';
import { createPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Store } from '../../../src/store/types.ts';
import { findPostgres, startPostgres } from '../postgres.ts';
import { IDLE_MS, type Open } from './samples.ts';

/** Why tests on PostgreSQL are skipped; false where they can run. */
export const NO_POSTGRES =
  process.env.TEST_DATABASE_URL || findPostgres()
    ? false
    : 'neither TEST_DATABASE_URL nor the binaries of PostgreSQL (Debian: apt install postgresql)';

/** @returns the URL of a database for this test: TEST_DATABASE_URL or a separate cluster */
export async function databaseUrl(t: Test): Promise<string> {
  const given = process.env.TEST_DATABASE_URL;
  return given || (await startPostgres(t, findPostgres() ?? '')).url;
}

/** Opens a store on PostgreSQL, with the retention of the service. */
export function openPostgresStore(
  url: string,
  schema: string,
  options: { events?: Events; now?: () => number; monotonicNow?: () => number } = {},
): Promise<Store> {
  const retention = buildRetention(IDLE_MS);
  return createPostgresStore({ url, listenUrl: undefined, schema, retention, events: createEvents(), ...options });
}

/** Opens stores on PostgreSQL, one schema per place; the schemas are dropped with the test. */
export function onPostgres(t: Test, url: string, events: Events = createEvents()): Open {
  const schemas = new Set<string>();
  // A cluster of the test's own ends with the test.
  if (process.env.TEST_DATABASE_URL) t.teardown(() => dropSchemas(url, schemas));
  return async ({ place, ...options }) => {
    const schema = `test_${createHash('sha256').update(place).digest('hex').slice(0, 20)}`;
    schemas.add(schema);
    return await openPostgresStore(url, schema, { events, ...options });
  };
}

/** Runs one statement as the superuser of the database. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function dropSchemas(url: string, schemas: Iterable<string>): Promise<void> {
  const drops = [...schemas].map((schema) => `DROP SCHEMA IF EXISTS "${schema}" CASCADE;`);
  await runSql(url, `SET client_min_messages = warning; ${drops.join(' ')}`);
}
