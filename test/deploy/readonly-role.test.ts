import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { SAMPLE_USERS, sampleData } from '../../sandbox/sample-data.ts';
import { COLUMNS } from '../../sandbox/sapa-schema.ts';
import { startFakeSupabase } from '../../sandbox/supabase.ts';
import { createEvents } from '../../src/events.ts';
import { createTools, type ToolContext } from '../../src/gemini/tools/tools.ts';
import { createSupabaseReader } from '../../src/supabase/client.ts';
import { createUsers } from '../../src/supabase/users.ts';
import { createHttpClient } from '../../src/upstream/http-client.ts';
import { createUpstreamGuard } from '../../src/upstream/upstream.ts';
import { findPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { makeKey, SECRET } from './make-key.ts';
import { asRole, startPostgrest } from './postgrest.ts';

t.setTimeout(300_000);

const folder = resolve(import.meta.dirname, '../../deploy/supabase');
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
const ROLE_SQL = textOf('readonly-role.sql');
const DROP_SQL = textOf('drop-readonly-role.sql');
const CLOSE_SQL = textOf('close-functions.sql');
/** The role of Supabase's SQL editor: owner of the tables, not a superuser. */
const OWNER = 'postgres';

const binaries = findPostgres();
const options = binaries ? {} : { skip: 'PostgreSQL is not installed (Debian: apt-get install postgresql)' };

/** Creates a Supabase project with SAPA's sample rows, including passwords. */
async function startProject(t: Test): Promise<Postgres> {
  const postgres = await startPostgres(t, binaries ?? '');
  await postgres.run(readFileSync(join(import.meta.dirname, 'supabase.sql'), 'utf8'));
  const tables = sampleData(new Date());
  const inserts = (['users', 'activities', 'allocations', 'processed_results'] as const).map((table) => {
    const rows = JSON.stringify(tables[table]);
    return `insert into public.${table} select * from json_populate_recordset(null::public.${table}, $rows$${rows}$rows$);`;
  });
  await postgres.run(`${inserts.join('\n')} update public.users set password_hash = 'rahasia';`);
  return postgres;
}

/** Runs a statement as the role, without rights of another role. */
const asRoleItself = (postgres: Postgres, sql: string) =>
  postgres.run(`set session authorization sapa_whatsapp; ${sql};`);

/** Runs the reads of the service's code against the Supabase at this URL. */
function readsFrom(t: Test, url: string, key: string) {
  const events = createEvents();
  const reader = createSupabaseReader({
    url,
    key,
    http: createHttpClient({ connections: 8 }),
    upstream: createUpstreamGuard({ name: 'supabase', timeoutMs: 10_000, events }),
  });
  t.teardown(() => reader.close());
  const at = Date.now();
  const now = () => at;
  const users = createUsers({ reader, events, now });
  const tools = createTools({ reader, timezone: 'Asia/Jakarta', now, portalName: 'SAPA' });
  return async (): Promise<unknown[]> => {
    const senders = ['6281200000001', '6281200000003', '6281200000004', '6281200000005', '6281200000099'];
    const identities = await Promise.all(senders.map((sender) => users.identify(sender)));
    const answers = Object.values(SAMPLE_USERS).map(async (userId) => {
      const turn: ToolContext = { userId, figures: new Set() };
      const names = ['search_activities', 'activity_statistics', 'budget_summary', 'search_budget', 'budget_trend'];
      const outcomes = await Promise.all(names.map((name) => tools.run({ name, args: {} }, turn)));
      return [...outcomes, await tools.activityContext(turn)];
    });
    return [identities.map(({ at: _, ...identity }) => identity), ...(await Promise.all(answers))];
  };
}

t.test('the columns of the fake SAPA tables are granted', async (t) => {
  const granted = [...ROLE_SQL.matchAll(/^grant select \(([^)]+)\)\s+on public\.(\w+) to sapa_whatsapp;$/gm)];
  const columnsOf = (list = '') => list.split(',').map((column) => column.trim());
  t.same(
    Object.fromEntries(granted.map(([, columns, table]) => [table, columnsOf(columns)])),
    Object.fromEntries(Object.entries(COLUMNS).map(([table, columns]) => [table, Object.keys(columns)])),
  );
});

t.test('the read-only role on a real PostgreSQL', options, async (t) => {
  const postgres = await startProject(t);
  const first = await postgres.run(ROLE_SQL, OWNER);
  t.equal(await postgres.run(ROLE_SQL, OWNER), first, 'it can be run twice');
  const { stdout: key } = await makeKey([], { env: SECRET });

  t.test('the service reads the same data as with the service key', async (t) => {
    const supabase = await startFakeSupabase({ tables: sampleData(new Date()) });
    t.teardown(() => supabase.close());
    const wanted = await readsFrom(t, supabase.url, supabase.serviceRoleKey)();
    const found = await readsFrom(t, await startPostgrest(t, postgres, key, SECRET), key)();
    t.same(found, wanted);
    t.notMatch(JSON.stringify(found), 'unreachable');
    t.match(JSON.stringify(found), 'Siti Rahmawati');
  });

  t.test(
    'each listed column is readable through PostgREST in all rows, with and without row level security',
    async (t) => {
      for (const [table, columns] of Object.entries(COLUMNS)) {
        const rows = `select ${Object.keys(columns).join(', ')} from public.${table}`;
        const count = await postgres.run(`select count(*) from public.${table}`);
        const read = asRole('sapa_whatsapp', `select json_array_length(json_agg(part)) from (${rows}) part`);
        t.equal(await postgres.run(read, 'authenticator'), count, table);
      }
      t.equal(
        await postgres.run(`select rolconfig from pg_roles where rolname = 'sapa_whatsapp'`),
        '{statement_timeout=5s}',
      );
    },
  );

  t.test('the role cannot read or write anything else or become another role', async (t) => {
    const refused = [
      'select password_hash from public.users',
      'select * from public.users',
      "select id from public.users where password_hash like 'r%'",
      'select id from public.users order by otp_code',
      'select catatan_internal from public.activities',
      'select * from public.activities',
      'select * from public.allocations for update',
      'select file_content from public.processed_results',
      'select * from public.login_attempts',
      'select * from public.user_secrets',
      'select * from auth.users',
      'select * from storage.objects',
      "select nextval('public.login_attempts_id_seq')",
      'select last_value from public.login_attempts_id_seq',
      ...Object.keys(COLUMNS).flatMap((table) => [
        `insert into public.${table} (id) values (gen_random_uuid())`,
        `update public.${table} set id = id`,
        `delete from public.${table}`,
        `truncate public.${table} cascade`,
        `begin; lock table public.${table} in exclusive mode`,
      ]),
      'create table public.mine (id int)',
      'create schema mine',
      'create role mine',
      'alter role sapa_whatsapp login',
      "select pg_read_file('/etc/passwd')",
      "copy (select 1) to program 'true'",
      ...['postgres', 'supabase_admin', 'service_role', 'authenticated', 'anon', 'authenticator'].map(
        (role) => `set role ${role}`,
      ),
    ];
    for (const sql of refused) await t.rejects(asRoleItself(postgres, sql), { message: /ERROR: {2}42501:/ }, sql);
    await t.rejects(postgres.run('select 1', 'sapa_whatsapp'), { message: /not permitted to log in/ });
    t.equal(
      await asRoleItself(postgres, 'select count(id) from public.users'),
      '6',
      'and that was not for being the wrong role',
    );
  });

  t.test('the role has no access to later additions of SAPA', async (t) => {
    await postgres.run('create table public.baru (id int); alter table public.users add column nik text', OWNER);
    t.teardown(() => postgres.run('drop table public.baru; alter table public.users drop column nik', OWNER));
    await t.rejects(asRoleItself(postgres, 'select * from public.baru'), { message: /42501/ });
    await t.rejects(asRoleItself(postgres, 'select nik from public.users'), { message: /42501/ });
    t.equal(await postgres.run(ROLE_SQL, OWNER), first, 'also after another run');
  });

  t.test('the next run revokes manually granted rights', async (t) => {
    await postgres.run('grant select, update on public.users to sapa_whatsapp', OWNER);
    await postgres.run('grant select (ip) on public.login_attempts to sapa_whatsapp', OWNER);
    await postgres.run('grant usage on sequence public.login_attempts_id_seq to sapa_whatsapp', OWNER);
    t.equal(await postgres.run(ROLE_SQL, OWNER), first);
    await t.rejects(asRoleItself(postgres, 'select * from public.users'), { message: /42501/ });
  });

  t.test('the script reports rights that it cannot revoke and changes nothing', async (t) => {
    const ways: [string, string, RegExp][] = [
      [
        'grant select on public.login_attempts to public',
        'revoke select on public.login_attempts from public',
        /login_attempts\.ip/,
      ],
      [
        'grant select (password_hash) on public.users to public',
        'revoke select (password_hash) on public.users from public',
        /SELECT public\.users\.password_hash/,
      ],
      [
        'grant delete on public.activities to public',
        'revoke delete on public.activities from public',
        /DELETE public\.activities/,
      ],
      [
        'grant update (nama) on public.activities to public',
        'revoke update (nama) on public.activities from public',
        /UPDATE public\.activities/,
      ],
      [
        'grant usage on sequence public.login_attempts_id_seq to public',
        'revoke usage on sequence public.login_attempts_id_seq from public',
        /SEQUENCE/,
      ],
      [
        'grant execute on function public.reset_password to sapa_whatsapp',
        'revoke execute on function public.reset_password from sapa_whatsapp',
        /EXECUTE/,
      ],
      ['grant service_role to sapa_whatsapp', 'revoke service_role from sapa_whatsapp', /ANGGOTA service_role/],
      ['alter role sapa_whatsapp bypassrls', 'alter role sapa_whatsapp nobypassrls', /ATRIBUT BYPASSRLS/],
    ];
    for (const [before, after, says] of ways) {
      await postgres.run(`${before}; drop policy sapa_whatsapp_baca on public.users`);
      await t.rejects(postgres.run(ROLE_SQL, OWNER), { message: says }, before);
      t.equal(await postgres.run("select count(*) from pg_policies where policyname = 'sapa_whatsapp_baca'"), '3');
      await postgres.run(after);
      t.equal(await postgres.run(ROLE_SQL, OWNER), first, after);
    }
  });

  t.test(
    'the script lists functions that PUBLIC may call, and close-functions.sql closes them only for this role',
    async (t) => {
      const call = (role: string) => postgres.run(`set role ${role}; select public.reset_password(gen_random_uuid())`);
      t.match(first, 'EXECUTE (security definer)|reset_password(uuid)|lewat PUBLIC');
      await t.resolves(call('sapa_whatsapp'));
      await postgres.run('create role pihak_ketiga');
      for (const _ of [1, 2]) t.equal(await postgres.run(CLOSE_SQL, OWNER), '', 'nothing is left to be called');
      await t.rejects(call('sapa_whatsapp'), { message: /42501: permission denied for function/ });
      await t.rejects(asRoleItself(postgres, 'select public.is_admin()'), { message: /42501/ });
      for (const role of ['anon', 'authenticated', 'service_role', 'postgres', 'pihak_ketiga']) {
        await t.resolves(call(role), role);
      }
      t.notMatch(await postgres.run(ROLE_SQL, OWNER), 'EXECUTE');
      const rows = `select id from public.activities`;
      await t.resolves(
        postgres.run(asRole('sapa_whatsapp', rows), 'authenticator'),
        'policies that call them do not matter',
      );
    },
  );

  t.test('drop-readonly-role.sql removes the role completely, and its keys are rejected', async (t) => {
    for (const _ of [1, 2]) await t.resolves(postgres.run(DROP_SQL, OWNER));
    t.equal(await postgres.run("select count(*) from pg_roles where rolname = 'sapa_whatsapp'"), '0');
    t.equal(await postgres.run("select count(*) from pg_policies where policyname = 'sapa_whatsapp_baca'"), '0');
    await t.rejects(postgres.run(asRole('sapa_whatsapp', 'select 1'), 'authenticator'), { message: /does not exist/ });
    t.match(await postgres.run(ROLE_SQL, OWNER), 'SELECT|public.users.phone_number|diberikan', 'it can be made again');
  });
});
