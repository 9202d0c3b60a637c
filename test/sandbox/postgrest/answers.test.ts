import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Agent, request } from 'undici';
import type { Engine } from '../../../sandbox/postgrest/engine.ts';
import { createSqlEngine } from '../../../sandbox/postgrest/sql/engine.ts';
import { COLUMNS, type Tables } from '../../../sandbox/sapa-schema.ts';
import { startFakeSupabase } from '../../../sandbox/supabase.ts';
import { findPostgres, startPostgres } from '../../support/postgres.ts';

/** A request and the response of a real PostgREST; of an error only the code, never the message. */
interface Answer {
  /** Requests of the groups «A …» are those of the service. */
  group: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  status: number;
  contentRange: string | null;
  contentType: string | null;
  code?: string;
  rows?: unknown;
  text?: string;
}

/** A feature of PostgREST that the fake does not have, because the service does not use it. */
interface Difference {
  reason: string;
  concerns: (request: Answer) => boolean;
}

/** Differences of both engines. */
const IN_BOTH_ENGINES: Difference[] = [
  {
    reason: 'the fake is read-only, so that a write of the service fails',
    concerns: ({ method }) => ['POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'].includes(method),
  },
  { reason: "Node's HTTP parser refuses an unknown method", concerns: ({ method }) => method === 'FOO' },
  { reason: 'the fake has no OpenAPI description', concerns: ({ path }) => path === '' },
  { reason: 'the fake has no spread embedding', concerns: ({ path }) => path.includes('...') },
  { reason: 'the fake has no CSV', concerns: ({ headers }) => headers?.accept === 'text/csv' },
  { reason: 'the fake has no GeoJSON', concerns: ({ headers }) => headers?.accept === 'application/geo+json' },
  {
    reason: 'the fake reads only the count from Prefer',
    concerns: ({ headers }) => /^timezone=|foo=bar/.test(headers?.prefer ?? ''),
  },
];

/** Further differences of the engine in memory. */
const IN_MEMORY: Difference[] = [
  { reason: 'no casts', concerns: ({ path }) => path.includes('::') },
  { reason: 'no aggregates', concerns: ({ path }) => path.includes('allocations(count)') },
  { reason: 'no full-text search and no operator for arrays', concerns: ({ path }) => /=(?:fts|cs)\./.test(path) },
  { reason: 'no words for a time; the service sends dates', concerns: ({ path }) => /\.(?:today|now)$/.test(path) },
  {
    reason: 'JSON as text has the digits and the spaces of JavaScript',
    concerns: ({ path }) => path.includes('select=processed_data->>0'),
  },
];

const ANSWERS = readFileSync(new URL('answers.json', import.meta.url), 'utf8');
const { maxRows, tables, requests } = JSON.parse(ANSWERS) as { maxRows: number; tables: Tables; requests: Answer[] };
const binaries = findPostgres();

t.test('in memory the fake answers like PostgREST, except for the listed differences', async (t) => {
  await compareAnswers(t, undefined, [...IN_BOTH_ENGINES, ...IN_MEMORY]);
});

t.test(
  'on PostgreSQL the fake answers like PostgREST, except for the listed differences',
  binaries ? {} : { skip: 'PostgreSQL is not installed (Debian: apt-get install postgresql)' },
  async (t) => {
    const postgres = await startPostgres(t, binaries ?? '');
    await postgres.run(createTables());
    await compareAnswers(t, createSqlEngine(postgres.connect()), IN_BOTH_ENGINES);
  },
);

t.test('no difference concerns a request of the service', async (t) => {
  const own = requests.filter(({ group }) => group.startsWith('A '));
  t.equal(own.length, 47);
  for (const difference of [...IN_BOTH_ENGINES, ...IN_MEMORY])
    t.notOk(own.some(difference.concerns), difference.reason);
});

async function compareAnswers(t: Test, engine: Engine | undefined, differences: Difference[]): Promise<void> {
  const supabase = await startFakeSupabase({ tables, maxRows, ...(engine && { engine }) });
  t.teardown(() => supabase.close());
  for (const difference of differences) t.ok(requests.some(difference.concerns), `is requested: ${difference.reason}`);
  // Several requests at a time, so that the wait for PostgreSQL does not add up.
  const agent = new Agent({ connections: 8 });
  t.teardown(() => agent.close());
  const responses = await Promise.all(requests.map((recorded) => ask(supabase, recorded, agent)));
  for (const [index, recorded] of requests.entries()) {
    const { group, method, path, headers, ...wanted } = recorded;
    const found = responses[index];
    const name = `${group}: ${method} ${path} ${JSON.stringify(headers ?? {})}`;
    const difference = differences.find(({ concerns }) => concerns(recorded));
    if (difference) t.strictNotSame(found, wanted, `${name}, still different: ${difference.reason}`);
    else t.strictSame(found, wanted, name);
  }
}

async function ask(
  supabase: { url: string; serviceRoleKey: string },
  { method, path, headers }: Answer,
  dispatcher: Agent,
) {
  const response = await request(`${supabase.url}/rest/v1/${path}`, {
    dispatcher,
    method,
    headers: { ...headers, apikey: supabase.serviceRoleKey },
  }).catch(() => null);
  if (!response) return null;
  const { statusCode: status, headers: received } = response;
  const text = await response.body.text();
  const head = {
    status,
    contentRange: received['content-range'] ?? null,
    contentType: received['content-type'] ?? null,
  };
  if (text === '') return head;
  const body = JSON.parse(text) as unknown;
  return status < 400 ? { ...head, rows: body } : { ...head, code: (body as { code: string }).code };
}

/** Writes SQL that creates SAPA's tables with the recorded rows. PostgreSQL parses the rows: it loses no digit. */
function createTables(): string {
  const names = Object.keys(COLUMNS) as (keyof Tables)[];
  const inserts = names.flatMap((table) => {
    const columns = Object.entries(COLUMNS[table]).map(([column, type]) => `"${column}" ${type}`);
    return [
      `create table public.${table} (${columns.join(', ')});`,
      `insert into public.${table} select part.* from answers,
        json_populate_recordset(null::public.${table}, recorded->'tables'->'${table}') part;`,
    ];
  });
  return `create temp table answers as select $answers$${ANSWERS}$answers$::json as recorded; ${inserts.join('\n')}`;
}
