import pg from 'pg';
import { parseDatabaseUrl } from '../postgres/connection-options.ts';
import { decodeJson, encodeJson } from '../postgres/json-text.ts';
import { migrateSchema } from '../postgres/schema/migrate.ts';
import { countStatement, RECORD_KINDS } from '../record-kinds.ts';
import type { StoredRow } from '../rows.ts';
import { type Endpoint, MoveError, type Role } from './endpoint.ts';
import { type Renumbered, renumber, SELECT_RENUMBERED, toRenumbered } from './renumber.ts';
import { batchRowsOf, type Table } from './tables.ts';

/** Connection timeout, ms; allows for a remote or starting server. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Order of the rows of a table that has no primary key in SQLite. */
const ORDER: Readonly<Record<string, string>> = { refusals: 'ORDER BY id' };
/** Columns that only PostgreSQL has, with their values. */
const ADDED: Readonly<Record<string, Record<string, string>>> = {
  sessions: { version: "nextval('session_versions')" },
};

/**
 * Opens the store of a schema, creates it if necessary, and locks out every instance until `close`. A source is read with the
 * sequence numbers that the target will have.
 * @throws MoveError when an instance is running
 */
export async function openPostgresEndpoint(url: string, schema: string, role: Role): Promise<Endpoint> {
  const client = new pg.Client({
    ...parseDatabaseUrl(url),
    application_name: 'sapa-whatsapp-move',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A lost connection also rejects the statement that runs.
  client.on('error', () => undefined);
  const rowsOf = async (text: string, values: unknown[] = []) => (await client.query<StoredRow>(text, values)).rows;

  let renumbered: Renumbered = new Map();
  try {
    await client.connect();
    await migrateSchema(client, schema);
    await begin(client, schema);
    if (role === 'source') renumbered = toRenumbered(await rowsOf(SELECT_RENUMBERED));
  } catch (error) {
    await client.end();
    throw error;
  }

  return {
    name: `PostgreSQL, skema ${schema}`,

    async *read(table) {
      const { name, columns } = table;
      const row = `jsonb_build_object(${columns.map((column) => `'${column}', ${column}`)})`;
      await client.query(`DECLARE moved CURSOR FOR SELECT ${row}::text AS row FROM ${name} ${ORDER[name] ?? ''}`);
      for (;;) {
        const rows = await rowsOf(`FETCH ${batchRowsOf(table)} FROM moved`);
        if (rows.length === 0) break;
        yield rows.map((found) => renumber(decodeJson<StoredRow>(String(found.row)), renumbered));
      }
      await client.query('CLOSE moved');
    },

    async write(table, rows) {
      await client.query(insertStatement(table), [encodeJson(rows)]);
    },

    async countKinds() {
      const counts: number[] = [];
      for (const kind of RECORD_KINDS) {
        const [found] = await rowsOf(countStatement(kind, kind.table));
        counts.push(Number(found?.count));
      }
      return counts;
    },

    async readValue(name) {
      const [found] = await rowsOf('SELECT value FROM maintenance WHERE name = $1', [name]);
      return found ? Number(found.value) : null;
    },

    async writeValue(name, value) {
      if (value === null) await client.query('DELETE FROM maintenance WHERE name = $1', [name]);
      else await client.query('SELECT store_value($1, $2)', [name, value]);
    },

    async clear(tables) {
      await client.query(`TRUNCATE conversations, forgotten, ${tables.map(({ name }) => name)}`);
    },

    async commit() {
      await client.query(`
        INSERT INTO conversations (sender) SELECT sender FROM messages UNION SELECT sender FROM turns
        ON CONFLICT DO NOTHING`);
      await client.query('SELECT count(refresh_due_at(sender)::text) FROM conversations');
      await client.query('COMMIT');
    },

    // The server rolls back what was not committed.
    close: () => client.end(),
  };
}

/** Begins the transaction of a move. The lock keeps instances from starting, renewing their lease and writing. */
async function begin(client: pg.Client, schema: string): Promise<void> {
  await client.query('BEGIN');
  await client.query(`
    SET LOCAL search_path = ${client.escapeIdentifier(schema)}, pg_temp;
    SET LOCAL statement_timeout = 0;
    SET LOCAL bytea_output = 'hex';
    SET LOCAL idle_in_transaction_session_timeout = 0;
    LOCK TABLE instances IN ACCESS EXCLUSIVE MODE`);
  const alive = await client.query('SELECT FROM instances WHERE alive_until > clock_timestamp()');
  if (alive.rowCount)
    throw new MoveError(
      `${alive.rowCount} layanan sedang memakai skema ${schema}.`,
      'Hentikan semua layanan. Setelah layanan yang mati mendadak, tunggu 10 detik. Lalu ulangi.',
    );
  // Counts the crashes of turns that expired instances ran, as the next instance would.
  await client.query('SELECT remove_dead_instances()');
}

/** Formats the insertion of rows that are one parameter, as JSON. */
function insertStatement({ name, columns }: Table): string {
  const added = ADDED[name] ?? {};
  const into = [...columns, ...Object.keys(added)];
  const values = [...columns, ...Object.values(added)];
  return `INSERT INTO ${name} (${into}) SELECT ${values} FROM jsonb_populate_recordset(NULL::${name}, $1::jsonb)`;
}
