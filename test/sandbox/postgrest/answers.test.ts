import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { Agent, type Dispatcher, request } from 'undici';
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

/** The kinds of requests that the service sends and that were not recorded: keyset pages and its newer filters. */
const NEWER_REQUESTS = [
  'users?select=id,name,created_at&or=(phone_number.like.*8*1*2*0*0*0*0*0*0*0*2*1*,phone_number.like.*８*１*２*０*０*０*０*０*０*０*２*１*)&order=id.asc&limit=1000',
  `users?select=id,phone_number&or=(phone_number.like.*8*1*2*0*)&phone_number=not.like.${'_'.repeat(20)}*&order=id.asc&limit=1000&id=gt.00000001-0000-4000-8000-000000000005`,
  'users?select=id,is_approved&phone_number=in.(6281200000014,%2B6281200000014,6281200000015,6281200000001)&order=is_approved.desc.nullslast&limit=1000',
  'activities?select=id,allocations(id,kode)&user_id=eq.00000001-0000-4000-8000-000000000001&tanggal_pelaksanaan=gte.2026-01-03&tanggal_pelaksanaan=lt.2026-02-01&status=ilike.%25renca_a%25&order=id.asc',
  'activities?select=id,status&user_id=eq.00000001-0000-4000-8000-000000000001&or=(status.ilike.*outstanding*,status.ilike.*komitmen*)&id=gt.00000004-0000-4000-8000-000000000010&order=id.asc',
  'allocations?select=id,jumlah&activity_id=eq.00000005-0000-4000-8000-000000000002&id=gt.00000007-0000-4000-8000-000000000020&order=id.asc&limit=1000',
].map((path) => ({ method: 'GET', path }));

const ANSWERS = readFileSync(new URL('answers.json', import.meta.url), 'utf8');
const { maxRows, tables, requests } = JSON.parse(ANSWERS) as { maxRows: number; tables: Tables; requests: Answer[] };
const binaries = findPostgres();

t.test('in memory the fake answers like PostgREST, except for the listed differences', async (t) => {
  await compareAnswers(t, await startFake(t), [...IN_BOTH_ENGINES, ...IN_MEMORY]);
});

t.test('no difference concerns a request of the service', async (t) => {
  const own = requests.filter(({ group }) => group.startsWith('A '));
  t.equal(own.length, 47);
  for (const { reason, concerns } of [...IN_BOTH_ENGINES, ...IN_MEMORY]) t.notOk(own.some(concerns), reason);
});

t.test(
  'on PostgreSQL',
  binaries ? {} : { skip: 'PostgreSQL is not installed (Debian: apt-get install postgresql)' },
  async (t) => {
    const postgres = await startPostgres(t, binaries ?? '');
    await postgres.run(createTables());
    const ask = await startFake(t, createSqlEngine(postgres.connect()));

    t.test('the fake answers like PostgREST, except for the listed differences', async (t) => {
      await compareAnswers(t, ask, IN_BOTH_ENGINES);
    });

    t.test('PostgREST and the memory respond alike where no response is recorded', async (t) => {
      const askInMemory = await startFake(t);
      for (const newer of NEWER_REQUESTS) {
        const found = await ask(newer);
        t.strictSame(await askInMemory(newer), found, newer.path);
        t.match(found, { status: 200, rows: [{ id: String }] }, newer.path);
      }
    });
  },
);

type Ask = (request: Pick<Answer, 'method' | 'path' | 'headers'>) => Promise<unknown>;

async function compareAnswers(t: Test, ask: Ask, differences: Difference[]): Promise<void> {
  for (const { reason, concerns } of differences) t.ok(requests.some(concerns), `is requested: ${reason}`);
  const responses = await Promise.all(requests.map(ask));
  for (const [index, recorded] of requests.entries()) {
    const { group, method, path, headers, ...wanted } = recorded;
    const found = responses[index];
    const name = `${group}: ${method} ${path} ${JSON.stringify(headers ?? {})}`;
    const difference = differences.find(({ concerns }) => concerns(recorded));
    if (difference) t.strictNotSame(found, wanted, `${name}, still different: ${difference.reason}`);
    else t.strictSame(found, wanted, name);
  }
}

/** Starts a fake Supabase with the recorded rows. */
async function startFake(t: Test, engine?: Engine): Promise<Ask> {
  const supabase = await startFakeSupabase({ tables, maxRows, ...(engine && { engine }) });
  // Several requests at a time, so that the wait for PostgreSQL does not add up.
  const agent = new Agent({ connections: 8 });
  t.teardown(() => Promise.all([supabase.close(), agent.destroy()]));
  return async ({ method, path, headers }) => {
    const response = await request(`${supabase.url}/rest/v1/${path}`, {
      dispatcher: agent,
      method,
      headers: { ...headers, apikey: supabase.serviceRoleKey },
    }).catch(() => null);
    return response && readAnswer(response);
  };
}

async function readAnswer({ statusCode: status, headers, body }: Dispatcher.ResponseData) {
  const text = await body.text();
  const head = { status, contentRange: headers['content-range'] ?? null, contentType: headers['content-type'] ?? null };
  if (text === '') return head;
  const parsed = JSON.parse(text) as unknown;
  return status < 400 ? { ...head, rows: parsed } : { ...head, code: (parsed as { code: string }).code };
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
