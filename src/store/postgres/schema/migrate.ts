import type pg from 'pg';
import { INBOX_FUNCTIONS } from './functions-inbox.ts';
import { OWNERSHIP_FUNCTIONS } from './functions-ownership.ts';
import { PAUSE_FUNCTIONS } from './functions-pauses.ts';
import { RECORD_FUNCTIONS } from './functions-records.ts';
import { RETENTION_FUNCTIONS } from './functions-retention.ts';
import { RUN_FUNCTION } from './functions-run.ts';
import { TURN_FUNCTIONS } from './functions-turns.ts';
import { WORK_FUNCTIONS } from './functions-work.ts';
import { MIGRATIONS, SCHEMA_VERSION, TABLES } from './tables.ts';

/**
 * Creates or migrates the schema of the service; one instance at a time. Tables of other schemas are never touched.
 * @throws a sentence for the operator when the schema is of a later version
 */
export async function migrateSchema(client: pg.ClientBase, schema: string): Promise<void> {
  const name = client.escapeIdentifier(schema);
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${schema}.migrate`]);
    const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    // A role that may only use its own schema may not create one.
    if (found.rowCount === 0) await client.query(`CREATE SCHEMA ${name}`);
    await client.query(`SET LOCAL search_path = ${name}, pg_temp`);
    const version = await readVersion(client);
    if (version > SCHEMA_VERSION) throw new Error('skemanya dibuat oleh versi layanan yang lebih baru');
    if (version < SCHEMA_VERSION) {
      await client.query(version === 0 ? TABLES : migrationsFrom(version));
      const functions = [
        WORK_FUNCTIONS,
        OWNERSHIP_FUNCTIONS,
        PAUSE_FUNCTIONS,
        INBOX_FUNCTIONS,
        RECORD_FUNCTIONS,
        TURN_FUNCTIONS,
        RETENTION_FUNCTIONS,
        RUN_FUNCTION(name),
      ];
      await client.query(`SET LOCAL check_function_bodies = off; ${functions.join('\n')}`);
      // `run` is called with the same setting; these are called outside of it.
      for (const called of [
        'register_instance',
        'renew_instance',
        'remove_instance',
        'remove_dead_instances',
        'list_forgotten',
      ])
        await client.query(`ALTER FUNCTION ${called} SET search_path = ${name}, pg_temp`);
      await client.query(`SELECT store_value('version', ${SCHEMA_VERSION})`);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** Returns the version of the tables; 0 for an empty schema. */
async function readVersion(client: pg.ClientBase): Promise<number> {
  const tables = await client.query<{ found: boolean }>("SELECT to_regclass('maintenance') IS NOT NULL AS found");
  if (!tables.rows[0]?.found) return 0;
  const stored = await client.query<{ value: string }>("SELECT value FROM maintenance WHERE name = 'version'");
  return Number(stored.rows[0]?.value ?? 0);
}

function migrationsFrom(version: number): string {
  const steps = Object.entries(MIGRATIONS).filter(([from]) => Number(from) >= version);
  return steps.map(([, statements]) => statements).join(';\n');
}
